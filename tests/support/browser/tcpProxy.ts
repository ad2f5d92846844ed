import { createServer, type Server, Socket } from 'node:net';
import { listenHere } from '../listenHere.ts';

/**
 * What stands between a browser and a server: a proxy that passes on bytes, and that can fail as
 * those of real networks do. It sees how a WebSocket ended.
 */
export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #pairs = new Map<Socket, Socket>();
  /** The port of the server behind the proxy. Undefined: the server is away, and connections are reset. */
  #upstream: number | undefined;
  #isHeld = false;
  #closeCode: number | undefined;

  static async start(upstream: number): Promise<TcpProxy> {
    const server = createServer();
    return new TcpProxy(server, await listenHere(server), upstream);
  }

  private constructor(server: Server, port: number, upstream: number) {
    this.port = port;
    this.#server = server;
    this.#upstream = upstream;
    server.on('connection', (client) => this.#connect(client));
  }

  get upstream(): number | undefined {
    return this.#upstream;
  }

  /** Sends new connections elsewhere from now on, or resets them. */
  set upstream(port: number | undefined) {
    this.#upstream = port;
  }

  /** Passes nothing on from now on and ends nothing, like a network that is gone without a word. */
  hold(): void {
    this.#isHeld = true;
    for (const [client, server] of this.#pairs) {
      client.unpipe(server);
      server.unpipe(client);
    }
  }

  /** Passes everything on again, and first what has come meanwhile. */
  letGo(): void {
    this.#isHeld = false;
    for (const [client, server] of this.#pairs) client.pipe(server).pipe(client);
  }

  /**
   * The code with which the last WebSocket ended, 1005 where the close frame has none. The side that
   * ended it says it first; a slow page may be gone before it has said the same.
   */
  get closeCode(): number | undefined {
    return this.#closeCode;
  }

  /** Resets every connection, on both sides. Nobody gets a close frame. */
  reset(): void {
    for (const [client, server] of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  async close(): Promise<void> {
    this.reset();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #connect(client: Socket): void {
    if (this.#upstream === undefined) {
      client.resetAndDestroy();
      return;
    }
    const server = new Socket().connect(this.#upstream, '127.0.0.1');
    this.#pairs.set(client, server);
    client.on('close', () => this.#pairs.delete(client));
    let isEnded = false;
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('data', (bytes) => {
        const code = isEnded ? undefined : closeCode(bytes);
        if (code === undefined) return;
        isEnded = true;
        this.#closeCode = code;
      });
      if (!this.#isHeld) from.pipe(to);
      // What fails is over on the other side too.
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroySoon());
    }
  }
}

/**
 * The code of a close frame among these frames, if there is one: RFC 6455, sections 5.2 and 5.5.1.
 * Bytes begin where a frame does, as nobody here sends more than fits into one read. The request for
 * the upgrade and its answer are taken for frames too, but no byte of them is that of a close frame.
 */
function closeCode(bytes: Buffer): number | undefined {
  let start = 0;
  while (start + 2 <= bytes.length) {
    const second = bytes.readUInt8(start + 1);
    const short = second & 0x7f;
    // A client masks what it sends, and the server does not.
    const maskBytes = second & 0x80 ? 4 : 0;
    if (bytes.readUInt8(start) === 0x88) {
      const payload = start + 2 + maskBytes;
      if (short < 2 || payload + 2 > bytes.length) return 1005;
      // The first two bytes of the mask hide those of the code.
      const mask = maskBytes === 0 ? 0 : bytes.readUInt16BE(start + 2);
      return bytes.readUInt16BE(payload) ^ mask;
    }
    if (short === 0x7f) return undefined;
    const isLong = short === 0x7e && start + 4 <= bytes.length;
    const length = isLong ? 2 + bytes.readUInt16BE(start + 2) : short;
    start += 2 + maskBytes + length;
  }
  return undefined;
}
