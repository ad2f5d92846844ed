import type { RoomError } from './RoomError.ts';

interface Waiting {
  resolve(): void;
  reject(error: RoomError): void;
}

/** The number of the wish to come in. The server answers it first. */
export const COMING_IN = 0;

/** What this page has asked of the server on the socket, and has no answer to, by number. */
export class Requests {
  readonly #waiting = new Map<number, Waiting>();
  #last = COMING_IN;

  /** @returns the number of another request. */
  next(): number {
    this.#last += 1;
    return this.#last;
  }

  /** @throws {RoomError} if the request is refused, or fails with all others. */
  wait(request: number): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.set(request, { resolve, reject }));
  }

  isWaiting(request: number): boolean {
    return this.#waiting.has(request);
  }

  /** The server has done a request, and so all before it. */
  done(last: number): void {
    for (const [request, { resolve }] of this.#waiting) {
      if (request > last) continue;
      resolve();
      this.#waiting.delete(request);
    }
  }

  refuse(request: number, error: RoomError): void {
    this.#waiting.get(request)?.reject(error);
    this.#waiting.delete(request);
  }

  /** No answer comes any more. */
  fail(error: RoomError): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
