import { connect, type Socket } from 'node:net';

/**
 * A TCP connection that sends any bytes, which no HTTP or WebSocket library would, and remembers
 * what came back.
 */
export class RawConnection {
  readonly socket: Socket;
  /** What the server sent, one character for each byte. */
  received = '';
  isClosed = false;
  readonly #changed = new EventTarget();

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('data', (data) => {
      this.received += data.toString('latin1');
      this.#changed.dispatchEvent(new Event('change'));
    });
    const onClosed = () => {
      this.isClosed = true;
      this.#changed.dispatchEvent(new Event('change'));
    };
    this.socket.on('end', onClosed).on('close', onClosed);
    // What fails also closes.
    this.socket.on('error', () => {});
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Waits until the server has sent a text, or has closed the connection without. */
  async until(text: string): Promise<void> {
    while (!this.isClosed && !this.received.includes(text)) {
      await new Promise((resolve) =>
        this.#changed.addEventListener('change', resolve, { once: true }),
      );
    }
  }

  /** The status of the HTTP response. Undefined if there was none. */
  async status(): Promise<number | undefined> {
    await this.until('\r\n\r\n');
    const [, status] = /^HTTP\/1\.\d (\d{3})/.exec(this.received) ?? [];
    return status === undefined ? undefined : Number(status);
  }
}

/** The bytes of a request that asks for a WebSocket. */
export function upgradeRequest(target: string, host = 'localhost'): string {
  return [
    `GET ${target} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '',
    '',
  ].join('\r\n');
}
