/**
 * The part of a URL's path in which peers meet: all but the segments that name the endpoint.
 *
 * @example peerPathname('/room/table-7/peerjs/id', 2) === '/room/table-7'
 */
export function peerPathname(pathname: string, endpointSegments: number): string {
  const segments = pathname.split('/').filter((segment) => segment !== '');
  return `/${segments.slice(0, -endpointSegments).join('/')}`;
}
