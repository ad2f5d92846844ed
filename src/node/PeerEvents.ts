import type { PeerSocket } from './PeerSocket.ts';

/** What a program that embeds the server is told of peers. */
export interface PeerEvents {
  connected(socket: PeerSocket): void;
  /** It no longer speaks for its peer, who may be back on another socket. */
  disconnected(socket: PeerSocket): void;
  /** Called for every frame but heartbeats that the socket answers. */
  received(socket: PeerSocket, frame: string | ArrayBuffer): void;
  /** Something went wrong that should not have, in one room. */
  failed(error: unknown): void;
}
