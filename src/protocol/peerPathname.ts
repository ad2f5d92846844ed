/**
 * The part of a URL's path that names a room or realm: all but the segments of the endpoint.
 *
 * @example peerPathname('/room/table-7/peerjs/id', 2) === '/room/table-7'
 */
export function peerPathname(pathname: string, endpointSegments: number): string {
  const segments = pathname.split('/').filter((segment) => segment !== '');
  return `/${segments.slice(0, -endpointSegments).join('/')}`;
}
