/**
 * Runs the code of a room alone, without sockets, on workerd. Its clock stands still while code
 * runs, so the time is taken from outside: by how much the request costs the process.
 */
import { parseConfig } from '../../src/config.ts';
import { placeOf, policyFor } from '../../src/room/coordinatorFor.ts';
import { type Connection, Room, type RoomHost } from '../../src/room/Room.ts';

/** What to run, how often, and on which frames, in turn. */
export interface CoreJob {
  readonly code: 'room' | 'json';
  readonly count: number;
  readonly frames: readonly string[];
  readonly sender: string;
  readonly receiver: string;
}

/** Stands for a socket. Like one it needs the frame in one piece, however it was put together. */
class Sink implements Connection {
  frames = 0;
  #lastCharacters = 0;

  send(frame: string): void {
    this.frames += 1;
    this.#lastCharacters ^= frame.charCodeAt(frame.length - 1);
  }

  close(): void {}
}

/** Nothing outlives this room. */
const HOST: RoomHost<Sink> = {
  remember() {},
  forget() {},
  lastHeartbeatAt: () => undefined,
  isElsewhere: () => false,
  forward() {},
};

export default {
  async fetch(request: Request): Promise<Response> {
    const job = (await request.json()) as CoreJob;
    const delivered = job.code === 'room' ? throughRoom(job) : throughJson(job);
    return Response.json({ delivered });
  },
};

/** The messages take the way that those of a real socket take through our code. */
function throughRoom({ count, frames, sender, receiver }: CoreJob): number {
  const room = new Room<Sink>(policyFor(placeOf('/room/core'), parseConfig({})), HOST);
  const [from, to] = [new Sink(), new Sink()];
  room.join(from, { id: sender, token: 'token', isOwner: false }, 0);
  room.join(to, { id: receiver, token: 'token', isOwner: false }, 0);
  const before = to.frames;
  for (let index = 0; index < count; index += 1) {
    // 50 a second of a room's own time: no limit on how fast a peer may speak is in the way.
    room.receive(from, frames[index % frames.length] ?? '', index * 20);
  }
  return to.frames - before;
}

/** What to measure it against: a message parsed, stamped and written, and nothing else. */
function throughJson({ count, frames, sender }: CoreJob): number {
  const to = new Sink();
  for (let index = 0; index < count; index += 1) {
    const message = JSON.parse(frames[index % frames.length] ?? '') as { src?: string };
    message.src = sender;
    to.send(JSON.stringify(message));
  }
  return to.frames;
}
