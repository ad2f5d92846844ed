import { BenchPeer } from '../generator/BenchPeer.ts';
import { Delivery } from '../generator/Delivery.ts';
import { HANDSHAKE_MESSAGES, handshakeSide, type Party } from '../generator/handshake.ts';
import { faultsFigure, timeFigures, UsageMeter } from './figures.ts';
import { PEERS_PER_ROOM } from './join.ts';
import {
  ALL_SYSTEMS,
  type Figure,
  type RunContext,
  type Scenario,
  unprepared,
} from './Scenario.ts';

const ROOMS_PER_SECOND = 25;
/** A connection counts as made if all its messages have arrived by then. */
const PATIENCE_MS = 10_000;

/**
 * Rooms fill at a steady pace, and in each, every peer connects to every other one: an offer, an
 * answer, and ten candidates from each side. All sockets stay open to the end.
 */
export const mesh: Scenario = {
  name: 'mesh',
  cases: [{ label: '', rounds: 3, systems: ALL_SYSTEMS, prepare: unprepared(run) }],
};

interface RoomResult {
  readonly connections: number;
  readonly faults: number;
  readonly latencies: readonly number[];
}

async function run({ system, isQuick, progress }: RunContext): Promise<Figure[]> {
  const rooms = isQuick ? 10 : 1000;
  const usage = new UsageMeter(system);
  const results = await Promise.all(
    Array.from({ length: rooms }, async (_, index): Promise<RoomResult> => {
      await new Promise((resolve) => setTimeout(resolve, (index * 1000) / ROOMS_PER_SECOND));
      progress(`room ${index + 1} of ${rooms}`);
      return connectAll(index, () => openRoom(index));
    }),
  );
  const figures = usage.cpuFigures();

  async function openRoom(index: number): Promise<BenchPeer[]> {
    return Promise.all(
      Array.from({ length: PEERS_PER_ROOM }, (_, peer) =>
        BenchPeer.open(system, `/room/r${index}`, `r${index}-p${peer}`),
      ),
    );
  }

  const wanted = (rooms * PEERS_PER_ROOM * (PEERS_PER_ROOM - 1)) / 2;
  const made = sum(results.map(({ connections }) => connections));
  return [
    { measure: 'connections made', unit: '%', value: (100 * made) / wanted },
    faultsFigure(sum(results.map(({ faults }) => faults))),
    ...timeFigures(
      'delivery',
      results.flatMap(({ latencies }) => latencies),
    ),
    ...figures,
  ];
}

async function connectAll(room: number, open: () => Promise<BenchPeer[]>): Promise<RoomResult> {
  let peers: BenchPeer[];
  try {
    peers = await open();
  } catch {
    return { connections: 0, faults: 0, latencies: [] };
  }
  const delivery = new Delivery(peers, 1);
  /** The number of missing messages, by the pair of peers, the caller first. */
  const missing = new Map<string, number>();
  const answers = new Map<string, () => void>();

  const party = (index: number): Party => ({ index, id: `r${room}-p${index}` });
  for (let caller = 0; caller < peers.length; caller += 1) {
    for (let callee = caller + 1; callee < peers.length; callee += 1) {
      const [from, to] = [party(caller), party(callee)];
      missing.set(`${caller}-${callee}`, HANDSHAKE_MESSAGES);
      answers.set(`${caller}-${callee}`, handshakeSide(delivery, 'ANSWER', to, from));
      handshakeSide(delivery, 'OFFER', from, to)();
    }
  }
  delivery.onReceived = (src, receiver, { type }) => {
    const sender = peers.findIndex(({ id }) => id === src);
    const pair = `${Math.min(sender, receiver)}-${Math.max(sender, receiver)}`;
    missing.set(pair, (missing.get(pair) ?? 0) - 1);
    if (type === 'OFFER') answers.get(pair)?.();
  };
  const end = performance.now() + PATIENCE_MS;
  const isDone = () => [...missing.values()].every((count) => count === 0);
  while (!isDone() && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const connections = [...missing.values()].filter((count) => count === 0).length;
  return {
    connections,
    faults: delivery.faults + delivery.missing,
    latencies: delivery.latencies,
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
