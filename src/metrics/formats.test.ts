import { readFile } from 'node:fs/promises';
import parsePrometheusTextFormat from 'parse-prometheus-text-format';
import { expect, it } from 'vitest';
import { Collection } from './Collection.ts';
import { countRelayed, linksIn, noCounters } from './Counters.ts';
import { exposition, summary } from './formats.ts';
import { countLink } from './LinkCounters.ts';

function collectionOf(count: (counters: ReturnType<typeof noCounters>) => void): Collection {
  const collection = new Collection({ put() {}, delete() {} }, new Map(), 1_000_000);
  const counters = noCounters();
  count(counters);
  collection.report(
    { name: '/room/a', kind: 'room', peerCount: 0, peers: [], counters },
    1_000_000,
  );
  return collection;
}

const WAITS = collectionOf((counters) => {
  countRelayed(counters, 'OFFER', 0);
  countRelayed(counters, 'OFFER', 0);
  countRelayed(counters, 'OFFER', 1500);
  countRelayed(counters, 'ANSWER', 60_000);
  const links = linksIn(counters);
  const home = { country: 'DE', network: 'other' } as const;
  countLink(links, home, { to: 'bob', connected: true, ms: 800, route: 'srflx' });
  countLink(links, home, { to: 'bob', connected: true, ms: 400, route: 'srflx' });
  countLink(
    links,
    { country: 'IN', network: 'mobile' },
    { to: 'bob', connected: false, ms: 10_000, reason: 'no-path' },
  );
}).snapshot(2_000_000);

it('is read by another reader of the format, every metric with its help and type', () => {
  const families = parsePrometheusTextFormat(exposition(WAITS));
  expect(families.map(({ name, type }) => [name, type])).toEqual([
    ['peerjs_rooms', 'GAUGE'],
    ['peerjs_peers', 'GAUGE'],
    ['peerjs_connections_total', 'COUNTER'],
    ['peerjs_messages_relayed_total', 'COUNTER'],
    ['peerjs_messages_expired_total', 'COUNTER'],
    ['peerjs_refusals_total', 'COUNTER'],
    ['peerjs_failures_total', 'COUNTER'],
    ['peerjs_takeovers_total', 'COUNTER'],
    ['peerjs_coordinator_wakes_total', 'COUNTER'],
    ['peerjs_coordinator_pending_seconds_total', 'COUNTER'],
    ['peerjs_handshakes_total', 'COUNTER'],
    ['peerjs_rooms_created_total', 'COUNTER'],
    ['peerjs_matches_total', 'COUNTER'],
    ['peerjs_seats_refused_total', 'COUNTER'],
    ['peerjs_host_changes_total', 'COUNTER'],
    ['peerjs_kicks_total', 'COUNTER'],
    ['peerjs_message_duration_seconds', 'HISTOGRAM'],
    ['peerjs_links_total', 'COUNTER'],
    ['peerjs_links_failed_total', 'COUNTER'],
    ['peerjs_link_duration_seconds', 'HISTOGRAM'],
    ['peerjs_metrics_start_time_seconds', 'GAUGE'],
  ]);
  for (const { help } of families) expect(help).not.toBe('');
});

it('has nothing but comments and samples, each on a line of its own', () => {
  const line =
    /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z_]+="[^"\\\n]*"(,[a-z_]+="[^"\\\n]*")*\})? [\d.e+-]+)$/;
  const text = exposition(WAITS);
  expect(text.endsWith('\n')).toBe(true);
  for (const each of text.trimEnd().split('\n')) expect(each).toMatch(line);
});

it('counts a wait in every bucket that it fits in', () => {
  const [histogram] = parsePrometheusTextFormat(exposition(WAITS)).filter(
    ({ type }) => type === 'HISTOGRAM',
  );
  expect(histogram?.metrics[0]).toMatchObject({
    buckets: { '0.001': '2', '1': '2', '2': '3', '10': '3', '+Inf': '4' },
    count: '4',
    sum: '61.5',
  });
});

it('counts the links of each country and kind of network by their routes, and those that failed', () => {
  const samples = exposition(WAITS)
    .split('\n')
    .filter((line) => /^peerjs_link.* [1-9]/.test(line));
  expect(samples).toEqual([
    'peerjs_links_total{country="DE",network="other",route="srflx"} 2',
    'peerjs_links_total{country="IN",network="mobile",route="failed"} 1',
    'peerjs_links_failed_total{reason="no-path"} 1',
    'peerjs_link_duration_seconds_bucket{le="0.5"} 1',
    ...['1', '2', '5', '10', '20', '+Inf'].map(
      (bound) => `peerjs_link_duration_seconds_bucket{le="${bound}"} 2`,
    ),
    'peerjs_link_duration_seconds_sum 1.2',
    'peerjs_link_duration_seconds_count 2',
  ]);
  const none = { host: 0, srflx: 0, relay: 0, server: 0, failed: 0 };
  expect(summary(WAITS, true).counters).toMatchObject({
    links: [
      { ...none, country: 'DE', network: 'other', srflx: 2 },
      { ...none, country: 'IN', network: 'mobile', failed: 1 },
    ],
    linkFailures: { 'no-path': 1 },
    secondsToLink: 1.2,
  });
});

it('names neither rooms nor peers nor hosts to a reader who may not see names', () => {
  const managed = { size: 4, locked: true, host: 'ann' };
  const room = { name: '/room/pong/kumora', kind: 'room', peerCount: 1, peers: ['ann'] } as const;
  const snapshot = { ...WAITS, coordinators: [{ ...room, managed }] };
  expect(summary(snapshot, true).rooms).toEqual(snapshot.coordinators);
  expect(summary(snapshot, false).rooms).toEqual([
    {
      ...{ name: '', kind: 'room', peerCount: 1, peers: [] },
      managed: { size: 4, locked: true, host: null },
    },
  ]);
});

it('says in JSON what it says in text', () => {
  expect(summary(WAITS, true)).toMatchObject({
    uptimeSeconds: 1000,
    timestamp: '1970-01-01T00:33:20.000Z',
    counters: { relayed: { OFFER: 3, ANSWER: 1 }, handshakes: { offer: 0, answer: 1 } },
  });
});

it('every metric of the Grafana dashboard is exported', async () => {
  const file = new URL('../../docs/grafana-dashboard.json', import.meta.url);
  const dashboard = JSON.parse(await readFile(file, 'utf8')) as {
    panels: { title: string; targets?: { expr: string }[] }[];
  };
  const exported = new Set(
    parsePrometheusTextFormat(exposition(WAITS)).flatMap(({ name, type }) =>
      type === 'HISTOGRAM' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
  const expressions = dashboard.panels.flatMap(({ targets = [] }) =>
    targets.map(({ expr }) => expr),
  );
  const used = new Set(expressions.flatMap((expr) => expr.match(/\bpeerjs_\w+/g) ?? []));
  expect(used.size).toBeGreaterThan(8);
  expect([...used].filter((name) => !exported.has(name))).toEqual([]);
});

it('every metric that docs/operations.md names is exported, and the other way round', async () => {
  const file = new URL('../../docs/operations.md', import.meta.url);
  const words = (await readFile(file, 'utf8')).match(/\bpeerjs_\w+/g) ?? [];
  const named = new Set(words.map((word) => word.replace(/_bucket$/, '')));
  const exported = parsePrometheusTextFormat(exposition(WAITS)).map(({ name }) => name);
  expect([...named].sort()).toEqual(exported.sort());
});
