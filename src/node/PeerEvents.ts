import type { PeerSocket } from './PeerSocket.ts';

/** What a program that embeds the server is told of peers. */
export interface PeerEvents {
  connected(socket: PeerSocket): void;
  /** The socket no longer speaks for its peer, which may be back on another one. */
  disconnected(socket: PeerSocket): void;
  /** Called for every frame but heartbeats that the socket answers. */
  received(socket: PeerSocket, frame: string | ArrayBuffer): void;
  /** Something went wrong that should not have, in one room. */
  failed(error: unknown): void;
}
