/** The headers of a request, whichever runtime it came to. */
export type RequestHeaders = Pick<Headers, 'get'>;
