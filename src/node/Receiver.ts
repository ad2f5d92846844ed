import * as ws from 'ws';

/** What `ws` reads from the bytes of a client, by RFC 6455. It is written to, and emits these events. */
export interface Receiver {
  write(chunk: Buffer): boolean;
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): this;
  on(event: 'ping', listener: (data: Buffer) => void): this;
  on(event: 'pong', listener: () => void): this;
  /** A close frame has come. Without a code it is 1005. */
  on(event: 'conclude', listener: (code: number, reason: Buffer) => void): this;
  /** The client has broken the protocol. `code` says how. */
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): this;
}

/** The limits of `ws` on what a client sends. */
export interface ReceiverOptions {
  readonly maxPayload: number;
  readonly maxBufferedChunks?: number;
  readonly maxFragments?: number;
}

/** `ws` exports it, which its types do not say. */
export const { Receiver } = ws as unknown as {
  Receiver: new (options: ReceiverOptions & { readonly isServer: true }) => Receiver;
};
