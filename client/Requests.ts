import type { RoomError } from './RoomError.ts';

interface Waiting {
  /** What is asked. */
  readonly payload: object | undefined;
  resolve(): void;
  reject(error: RoomError): void;
}

/** The number of the request to enter the room. The server answers it first. */
export const COMING_IN = 0;

/** The requests of this page that the server has not answered yet, by number. */
export class Requests {
  readonly #waiting = new Map<number, Waiting>();
  #last = COMING_IN;

  /** @returns the number of another request. */
  next(): number {
    this.#last += 1;
    return this.#last;
  }

  /**
   * @param payload to ask for on the next socket too, if this one ends before the answer.
   * @throws {RoomError} if the request is refused, or fails with all others.
   */
  wait(request: number, payload?: object): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#waiting.set(request, { payload, resolve, reject }),
    );
  }

  isWaiting(request: number): boolean {
    return this.#waiting.has(request);
  }

  /** What is to be asked on a new socket, in order. */
  get payloads(): object[] {
    return [...this.#waiting.values()].flatMap(({ payload }) => payload ?? []);
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
