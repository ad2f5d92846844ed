/**
 * The part of a URL's path that names a room or realm: all but the segments of the endpoint.
 *
 * @example peerPathname('/room/table-7/peerjs/id', 2) === '/room/table-7'
 */
export function peerPathname(pathname: string, endpointSegments: number): string {
  let end = pathname.length;
  for (let left = endpointSegments; left > 0 && end > 0; left -= 1) {
    while (pathname[end - 1] === '/') end -= 1;
    end = pathname.lastIndexOf('/', end - 1);
  }
  return end > 0 ? pathname.slice(0, end) : '/';
}

/** A path without empty parts: clients add slashes at either end of theirs. */
export function withSingleSlashes(pathname: string): string {
  return pathname.replace(/\/{2,}/g, '/');
}
