/** The headers of a request, on any runtime. */
export type RequestHeaders = Pick<Headers, 'get'>;
