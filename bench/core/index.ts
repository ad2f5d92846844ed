/**
 * Runs the code of a room on workerd, without sockets. The Worker's clock stands still while code
 * runs, so the time is measured from outside, as the CPU time that the request costs the process.
 */

import { countRelayed, noCounters } from '../../src/metrics/Counters.ts';
import { pathHeldBy } from '../../src/room/coordinatorFor.ts';
import { policyFor } from '../../src/room/policyFor.ts';
import { Room } from '../../src/room/Room.ts';
import { NOBODY_WATCHES } from '../../src/room/RoomObserver.ts';
import type { Connection } from '../../src/room/RoomRuntime.ts';
import { parseSettings } from '../../src/settings.ts';

/** What to run, how often, and the frames to use in turn. */
export interface CoreJob {
  readonly code: 'room' | 'json';
  readonly count: number;
  readonly frames: readonly string[];
  readonly sender: string;
  readonly receiver: string;
}

/** Stands for a socket. Like a socket it needs the frame as one flat string. */
class Sink implements Connection {
  frames = 0;
  #lastCharacters = 0;

  send(frame: string): void {
    this.frames += 1;
    this.#lastCharacters ^= frame.charCodeAt(frame.length - 1);
  }

  close(): void {}
}

export default {
  async fetch(request: Request): Promise<Response> {
    const job = (await request.json()) as CoreJob;
    const delivered = job.code === 'room' ? throughRoom(job) : throughJson(job);
    return Response.json({ delivered });
  },
};

/** Sends the messages through the code that those of a real socket go through, and counts them. */
function throughRoom({ count, frames, sender, receiver }: CoreJob): number {
  const counters = noCounters();
  let now = 0;
  const room = new Room<Sink>(
    policyFor(pathHeldBy('/room/core'), parseSettings({})),
    {
      persistence: { persist() {}, persistAway() {}, persistManaged() {} },
      forget() {},
      unsent: undefined,
      lastHeartbeatAt: () => now,
      isElsewhere: undefined,
      forward() {},
    },
    {
      ...NOBODY_WATCHES,
      relayed: (type, _from, _to, waited) => countRelayed(counters, type, waited),
    },
  );
  const [from, to] = [new Sink(), new Sink()];
  room.join(from, { id: sender, token: 'token', isOwner: false }, 0);
  room.join(to, { id: receiver, token: 'token', isOwner: false }, 0);
  const before = to.frames;
  for (let index = 0; index < count; index += 1) {
    // The room would drop a flood, so 50 ms pass in its own time.
    now += 50;
    room.receive(from, frames[index % frames.length] ?? '', now);
  }
  return to.frames - before;
}

/** What to compare with: a message is parsed, gets its `src`, and is written. */
function throughJson({ count, frames, sender }: CoreJob): number {
  const to = new Sink();
  for (let index = 0; index < count; index += 1) {
    const message = JSON.parse(frames[index % frames.length] ?? '') as { src?: string };
    message.src = sender;
    to.send(JSON.stringify(message));
  }
  return to.frames;
}
