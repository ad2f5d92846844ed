import type { Place, Snapshot } from './Collection.ts';
import { type Counters, WAIT_BUCKETS } from './Counters.ts';
import { LINK_BUCKETS, LINK_ENDS, linksByOrigin, noLinks } from './LinkCounters.ts';

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The value of a metric, or its values, each by what follows the metric's name. */
type Value = number | Readonly<Record<string, number>>;
type Read = (counters: Counters, snapshot: Snapshot) => Value;

/** Every metric without its prefix. Its type is counter if its name ends in `_total`, else gauge. */
const METRICS: readonly (readonly [name: string, help: string, Read, type?: 'histogram'])[] = [
  ['rooms', 'Rooms with at least one peer.', (_, { rooms }) => rooms],
  ['peers', 'Peers connected, in rooms and realms.', (_, { peers }) => peers],
  ['connections_total', 'Peers that joined.', (c) => c.connections],
  ['messages_relayed_total', 'Messages that were delivered.', (c) => by('type', c.relayed)],
  ['messages_expired_total', 'Peers told that messages were not delivered.', (c) => c.expired],
  ['refusals_total', 'Peers turned away, frames dropped.', (c) => by('reason', c.refusals)],
  ['failures_total', 'Joins that failed because of the server.', (c) => c.failures],
  ['takeovers_total', 'Joins with an id that was held: returns and reloads.', (c) => c.takeovers],
  ['coordinator_wakes_total', 'Coordinators made: first uses, ends of sleep.', (c) => c.wakes],
  ['coordinator_pending_seconds_total', 'Seconds with a timer pending.', (c) => c.pending / 1000],
  ['handshakes_total', 'Offers taken in, answers delivered.', (c) => by('stage', handshakes(c))],
  ['rooms_created_total', 'Rooms made by HTTP.', (c) => c.roomsMade],
  ['matches_total', 'Matched rooms that began.', (c) => c.matches],
  ['seats_refused_total', 'Seats refused.', (c) => by('reason', c.seatRefusals)],
  ['host_changes_total', 'Rooms that got another host.', (c) => by('cause', c.hostChanges)],
  ['kicks_total', 'Players removed by a host.', (c) => c.kicks],
  [
    'message_duration_seconds',
    'Waits of messages that were delivered.',
    (c) => histogramOf(c.waits, WAIT_BUCKETS, c.waited),
    'histogram',
  ],
  ['links_total', 'Links that players reported; route failed: none was made.', linkSamples],
  ['links_failed_total', 'Links that were not made.', (c) => by('reason', linksOf(c).failures)],
  [
    'link_duration_seconds',
    'How long players took to connect.',
    (c) => histogramOf(linksOf(c).times, LINK_BUCKETS, linksOf(c).taken),
    'histogram',
  ],
  ['metrics_start_time_seconds', 'When counting began.', (_, { since }) => since / 1000],
];

/**
 * The snapshot as Prometheus reads it (https://prometheus.io/docs/instrumenting/exposition_formats/).
 * Every value of a label is there from the start, with 0, so that `rate` sees the first increase. No
 * label names a room, since there may be any number of rooms. Countries appear once somebody has
 * reported from there.
 */
export function exposition(snapshot: Snapshot): string {
  const metrics = METRICS.map(([metric, help, read, histogram]) => {
    const name = `peerjs_${metric}`;
    const type = histogram ?? (metric.endsWith('_total') ? 'counter' : 'gauge');
    const value = read(snapshot.counters, snapshot);
    const samples = Object.entries(typeof value === 'number' ? { '': value } : value);
    const lines = samples.map(([suffix, number]) => `${name}${suffix} ${number}\n`);
    return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
  });
  return metrics.join('');
}

/** Values by a label. These are the server's own words, none of which needs an escape. */
function by(label: string, values: Readonly<Record<string, number>>): Value {
  return Object.fromEntries(Object.entries(values).map(([of, n]) => [`{${label}="${of}"}`, n]));
}

function handshakes({ offers, relayed }: Counters) {
  return { offer: offers, answer: relayed.ANSWER };
}

function histogramOf(buckets: readonly number[], bounds: readonly number[], sum: number): Value {
  const samples: Record<string, number> = {};
  let count = 0;
  for (const [index, inBucket] of buckets.entries()) {
    const bound = bounds[index];
    count += inBucket;
    samples[`_bucket{le="${bound === undefined ? '+Inf' : bound / 1000}"}`] = count;
  }
  return { ...samples, _sum: sum / 1000, _count: count };
}

function linksOf({ links = noLinks() }: Counters) {
  return links;
}

function linkSamples(counters: Counters): Value {
  return Object.fromEntries(
    linksByOrigin(linksOf(counters)).flatMap(({ country, network, ...ends }) =>
      LINK_ENDS.map((route) => [
        `{country="${country}",network="${network}",route="${route}"}`,
        ends[route],
      ]),
    ),
  );
}

export type Summary = ReturnType<typeof summary>;

/** The snapshot as JSON, for a dashboard, with or without the names of rooms and peers. */
export function summary(snapshot: Snapshot, hasNames: boolean) {
  const { counters, rooms, peers, messagesPerSecond, since, at, coordinators, history } = snapshot;
  const { connections, relayed, expired, takeovers, wakes, pending, refusals, failures } = counters;
  const { roomsMade, matches, seatRefusals, hostChanges, kicks } = counters;
  const links = linksOf(counters);
  return {
    activeRooms: rooms,
    activePeers: peers,
    totalConnections: connections,
    messagesPerSecond,
    uptimeSeconds: Math.max(0, Math.round((at - since) / 1000)),
    errors: { ...refusals, failure: failures },
    timestamp: new Date(at).toISOString(),
    counters: {
      ...{ connections, relayed, expired, takeovers, wakes, refusals },
      pendingSeconds: pending / 1000,
      handshakes: handshakes(counters),
      ...{ roomsMade, matches, seatRefusals, hostChanges, kicks },
      links: linksByOrigin(links),
      linkFailures: links.failures,
      secondsToLink: links.taken / 1000,
    },
    history,
    rooms: hasNames ? coordinators : coordinators.map(withoutNames),
  };
}

function withoutNames({ managed, ...place }: Place): Place {
  const facts = managed && { managed: { ...managed, host: null } };
  return { ...place, name: '', peers: [], ...facts };
}
