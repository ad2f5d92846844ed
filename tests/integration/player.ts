import { exports } from 'cloudflare:workers';
import { expect } from 'vitest';

/** A peer inside the runtime that keeps the frames it got. */
export class Player {
  readonly frames: string[] = [];
  readonly socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener('message', ({ data }) => {
      this.frames.push(String(data));
    });
    socket.accept();
  }

  /** Connects, and waits for the first frame. */
  static async join(path: string, id: string, token = `token of ${id}`): Promise<Player> {
    const query = new URLSearchParams({ key: 'peerjs', id, token });
    const response = await exports.default.fetch(`http://localhost${path}/peerjs?${query}`, {
      headers: { Upgrade: 'websocket' },
    });
    if (response.webSocket === null) throw new Error(`no socket, but status ${response.status}`);
    const player = new Player(response.webSocket);
    await player.untilGot('"type"');
    return player;
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Waits for a frame that contains a text. */
  async untilGot(text: string): Promise<void> {
    await expect
      .poll(() => this.frames.some((frame) => frame.includes(text)), { timeout: 10_000 })
      .toBe(true);
  }
}
