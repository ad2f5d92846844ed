import { setTimeout as sleep } from 'node:timers/promises';
import { openMany } from '../generator/BenchPeer.ts';
import { Delivery } from '../generator/Delivery.ts';
import { HEARTBEAT } from '../generator/frames.ts';
import { sideMessages } from '../generator/handshake.ts';
import { faultsFigure, UsageMeter } from './figures.ts';
import {
  ALL_SYSTEMS,
  type Figure,
  type Measurement,
  type RunContext,
  type Scenario,
  type ScenarioCase,
} from './Scenario.ts';

interface Crowd {
  readonly groups: number;
  readonly peersPerGroup: number;
  /** Messages of each peer that are on their way at any time. */
  readonly inFlight: number;
  path(group: number): string;
}

const room = (group: number) => `/room/r${group}`;

const REALM: Crowd = { groups: 1, peersPerGroup: 1000, inFlight: 1, path: () => '/' };

/**
 * As many messages as the server can take: the peer that gets one sends the next. If its sender did, two peers
 * could keep workerd so busy that it reads nothing of a third for a second, and that one would get more
 * than is sent to a client that does not read.
 */
export const relay: Scenario = {
  name: 'relay',
  cases: [
    relayCase('one room', { groups: 1, peersPerGroup: 4, inFlight: 64, path: room }),
    relayCase('25 rooms', { groups: 25, peersPerGroup: 4, inFlight: 4, path: room }),
    relayCase('one realm of 1,000', REALM),
    relayCase('one realm of 1,000 on 16 shards', REALM, { REALM_SHARDS: '16' }),
  ],
};

function relayCase(
  label: string,
  crowd: Crowd,
  settings: ScenarioCase['settings'] = {},
): ScenarioCase {
  return {
    label,
    settings,
    // An even number, as where a launch comes among the others matters too.
    rounds: 8,
    turns: 3,
    systems: ALL_SYSTEMS,
    prepare: (context) => saturate(context, crowd),
  };
}

async function saturate(context: RunContext, crowd: Crowd): Promise<Measurement> {
  const { system, isQuick, progress } = context;
  const { groups, inFlight } = crowd;
  const peersPerGroup = isQuick ? Math.min(crowd.peersPerGroup, 20) : crowd.peersPerGroup;

  const wanted = Array.from({ length: groups * peersPerGroup }, (_, index) => {
    const group = Math.floor(index / peersPerGroup);
    return { path: crowd.path(group), id: `g${group}-p${index % peersPerGroup}` };
  });
  const peers = await openMany(system, wanted, 16);
  const delivery = new Delivery(peers, 64);

  // Each peer speaks to the three behind it in its group, in turn: in a room to all the others.
  let isOver = false;
  const sendNext = wanted.map(({ id }, index) => {
    const first = index - (index % peersPerGroup);
    const streams = [1, 2, 3].map((step) => {
      const receiver = first + ((index - first + step) % peersPerGroup);
      return delivery.stream(
        index,
        receiver,
        sideMessages('OFFER', id, wanted[receiver]?.id ?? ''),
      );
    });
    let turn = 0;
    return () => {
      if (!isOver) streams[turn++ % streams.length]?.();
    };
  });
  delivery.onReceived = (_, receiver) => sendNext[receiver]?.();

  const measure = async (gatherMs: number, measuredMs: number): Promise<Figure[]> => {
    // The official server ends a peer that has sent no heartbeat for a minute, whatever else it sent.
    for (const peer of peers) peer.send(HEARTBEAT);
    isOver = false;
    delivery.faults = 0;
    for (const send of sendNext) for (let index = 0; index < inFlight; index += 1) send();
    await sleep(gatherMs);
    const before = delivery.received;
    const usage = new UsageMeter(system);
    await sleep(measuredMs);
    const count = delivery.received - before;
    const figures = [
      { measure: 'messages a second', unit: '', value: count / usage.seconds },
      { measure: 'CPU a message', unit: 'µs', value: (usage.systemCpuSeconds / count) * 1e6 },
      ...usage.cpuFigures(),
    ];
    isOver = true;
    await delivery.settle(5000);
    return [...figures, faultsFigure(delivery.faults)];
  };

  progress('warming up');
  if (!isQuick) await measure(0, 3000);
  return () => {
    progress('measuring');
    return isQuick ? measure(50, 200) : measure(300, 900);
  };
}
