import { RELAYED_TYPES } from '../protocol/messages.ts';
import { REFUSAL_REASONS } from '../protocol/refusals.ts';
import type { Snapshot } from './Collection.ts';
import { WAIT_BUCKETS } from './Counters.ts';

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

interface Sample {
  /** What follows the name of the metric, in a histogram. */
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * The snapshot in the text format that Prometheus reads. Every label value is there from the start,
 * with 0, so that `rate` sees its first increase. Rooms are in none: there may be any number.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function exposition(snapshot: Snapshot): string {
  const { counters } = snapshot;
  return [
    metric('peerjs_rooms', 'gauge', 'Rooms with at least one peer.', [{ value: snapshot.rooms }]),
    metric('peerjs_peers', 'gauge', 'Peers connected, in rooms and realms.', [
      { value: snapshot.peers },
    ]),
    metric('peerjs_connections_total', 'counter', 'Peers that joined.', [
      { value: counters.connections },
    ]),
    metric(
      'peerjs_messages_relayed_total',
      'counter',
      'Messages of clients that reached their receiver.',
      RELAYED_TYPES.map((type) => ({ labels: { type }, value: counters.relayed[type] })),
    ),
    metric(
      'peerjs_messages_expired_total',
      'counter',
      'EXPIREs: a peer learned that its messages to another peer were never delivered.',
      [{ value: counters.expired }],
    ),
    metric(
      'peerjs_refusals_total',
      'counter',
      'Peers that were turned away and frames that were dropped.',
      REFUSAL_REASONS.map((reason) => ({ labels: { reason }, value: counters.refusals[reason] })),
    ),
    metric(
      'peerjs_failures_total',
      'counter',
      'Joins that failed because of the server. The peer was asked to try again.',
      [{ value: counters.failures }],
    ),
    metric(
      'peerjs_takeovers_total',
      'counter',
      'Joins with an id that was held: a peer came back, or its page was reloaded.',
      [{ value: counters.takeovers }],
    ),
    metric(
      'peerjs_coordinator_wakes_total',
      'counter',
      'Coordinators constructed: first uses, and ends of a hibernation.',
      [{ value: counters.wakes }],
    ),
    metric(
      'peerjs_coordinator_pending_seconds_total',
      'counter',
      'Seconds that a timer kept a coordinator in memory, where messages waited for an absent peer.',
      [{ value: counters.pending / 1000 }],
    ),
    metric(
      'peerjs_handshakes_total',
      'counter',
      'Offers that came in, and answers that reached the peer that offered.',
      [
        { labels: { stage: 'offer' }, value: counters.offers },
        { labels: { stage: 'answer' }, value: counters.relayed.ANSWER },
      ],
    ),
    metric(
      'peerjs_message_duration_seconds',
      'histogram',
      'How long relayed messages were in the server: the wait for a receiver that was not there yet. What is relayed at once counts as 0, because the clock stands still meanwhile.',
      waitSamples(snapshot),
    ),
    metric(
      'peerjs_metrics_start_time_seconds',
      'gauge',
      'When counting began, in seconds since the epoch.',
      [{ value: snapshot.since / 1000 }],
    ),
  ].join('');
}

function waitSamples({ counters }: Snapshot): Sample[] {
  let count = 0;
  const buckets = counters.waits.map((inBucket, index) => {
    count += inBucket;
    const bound = WAIT_BUCKETS[index];
    const le = bound === undefined ? '+Inf' : String(bound / 1000);
    return { suffix: '_bucket', labels: { le }, value: count };
  });
  return [
    ...buckets,
    { suffix: '_sum', value: counters.waited / 1000 },
    { suffix: '_count', value: count },
  ];
}

function metric(
  name: string,
  type: 'counter' | 'gauge' | 'histogram',
  help: string,
  samples: readonly Sample[],
): string {
  const lines = samples.map(
    ({ suffix = '', labels = {}, value }) => `${name}${suffix}${labelsText(labels)} ${value}\n`,
  );
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}
