import type { CoreJob } from '../core/index.ts';
import { messageTemplate } from '../generator/frames.ts';
import type { RunningSystem, SystemName } from '../systems/System.ts';
import { UsageMeter } from './figures.ts';
import { type Figure, type RunContext, type Scenario, unprepared } from './Scenario.ts';

/** Characters of a whole message: a minimal one, a candidate, an SDP for data, an SDP for media. */
const SIZES = [160, 1000, 2500, 16_000];
/** Roughly the characters of a message without its SDP. */
const AROUND = 160;

/**
 * The code of a room on workerd, without sockets. The bare relay stands for what any relay must do:
 * parse, set `src` and write.
 */
export const core: Scenario = {
  name: 'core',
  cases: [
    {
      label: 'without sockets',
      rounds: 3,
      systems: ['server', 'bare'],
      start,
      prepare: unprepared(run),
    },
  ],
};

/** Imported only here: the load generator does not need to know how a server is started. */
async function start(name: SystemName): Promise<RunningSystem> {
  const { startCore } = await import('../core/startCore.ts');
  return startCore(name);
}

async function run({ system, isQuick, progress }: RunContext): Promise<Figure[]> {
  const [sender, receiver] = ['r1-p0', 'r1-p1'];
  const figures: Figure[] = [];
  for (const size of SIZES) {
    progress(`${size} characters`);
    // Several frames, so that no cache of the engine has the one string.
    const frames = Array.from({ length: 64 }, (_, index) =>
      messageTemplate('CANDIDATE', sender, receiver, Math.max(1, size - AROUND)).text.replace(
        '00000000.',
        `${10_000_000 + index}.`,
      ),
    );
    const work = async (count: number) => {
      const job: CoreJob = {
        code: system.name === 'server' ? 'room' : 'json',
        count,
        frames,
        sender,
        receiver,
      };
      const usage = new UsageMeter(system);
      const response = await fetch(`http://${system.host}:${system.port}/`, {
        method: 'POST',
        body: JSON.stringify(job),
      });
      const { delivered } = (await response.json()) as { delivered: number };
      if (delivered !== count) throw new Error(`${delivered} of ${count} messages were delivered`);
      return { wall: usage.seconds, cpu: usage.systemCpuSeconds };
    };
    const warmUp = isQuick ? 100 : 20_000;
    await work(warmUp);
    const { wall } = await work(warmUp);
    // Enough for about a second.
    const count = isQuick ? 1000 : Math.round(warmUp / wall);
    const { cpu } = await work(count);
    figures.push({ measure: `CPU a message, ${size} B`, unit: 'µs', value: (cpu / count) * 1e6 });
  }
  return figures;
}
