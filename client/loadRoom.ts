/**
 * Loads what a room is made of, PeerJS included. A bundler splits it off, so that a page shows something
 * before. Where all is in one file it is a part of that (web/build.ts).
 */
export function loadRoom(): Promise<Pick<typeof import('./Room.ts'), 'Room'>> {
  return import('./Room.ts');
}
