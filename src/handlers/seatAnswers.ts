import type { Context } from 'hono';
import { isBelow } from '../protocol/mount.ts';
import { withSingleSlashes } from '../protocol/peerPathname.ts';
import type { RoomView, SeatInRoom } from '../room/ManagedRooms.ts';
import { managedPath } from '../room/managedPath.ts';
import type { Runtime } from '../room/Runtime.ts';
import { iceServersFor } from './iceServers.ts';

/** A seat: what `new Peer(id, options)` takes, and the room. */
export async function seatOf(
  context: Context,
  runtime: Runtime,
  { id, rejoined, room: view }: SeatInRoom,
  token: string,
) {
  const { settings } = runtime;
  const { iceServers } = await iceServersFor(settings);
  const { hostname, port, protocol } = publicUrl(context, runtime);
  const secure = protocol === 'https:';
  const room = roomOf(context, runtime, view);
  const options = {
    host: hostname,
    port: Number(port) || (secure ? 443 : 80),
    secure,
    path: room.path,
    key: settings.key,
    token,
    config: { iceServers },
  };
  return { id, options, ...(rejoined && { rejoined }), room };
}

/** A room, as the holder of a seat in it may see it. */
export function roomOf(context: Context, runtime: Runtime, view: RoomView) {
  const { game, code, size, taken, locked, started, isPublic, hasPassword, meta, state } = view;
  const url = publicUrl(context, runtime);
  const before = url.pathname.slice(0, url.pathname.lastIndexOf(`/games/${game}/`));
  return {
    code,
    path: mountOf(context, runtime) + managedPath(view).name,
    url: `${url.origin}${before}/games/${game}/rooms/${code}`,
    ...{ size, taken, locked, started, public: isPublic, password: hasPassword, meta, state },
    host: view.host,
    term: view.term,
    peers: view.peers.map(({ id, name }) => ({ id, name })),
  };
}

/** The URL of a request, as its client has it. */
function publicUrl(context: Context, { settings }: Runtime): URL {
  const url = new URL(context.req.url);
  url.pathname = withSingleSlashes(url.pathname);
  const forwarded = context.req.header('X-Forwarded-Proto');
  if (settings.trustedProxies > 0 && forwarded !== undefined) {
    url.protocol = forwarded.split(',').at(-1)?.trim() === 'https' ? 'https:' : 'http:';
  }
  return url;
}

/** The mount path, if the request came below it: rooms are there too. */
function mountOf(context: Context, { settings: { mount } }: Runtime): string {
  const { pathname } = new URL(context.req.url);
  return mount !== '' && isBelow(withSingleSlashes(pathname), mount) ? mount : '';
}
