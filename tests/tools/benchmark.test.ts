import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { COUNTED_SCENARIOS, countersFrom } from '../../bench/counters.ts';
import { BenchPeer } from '../../bench/generator/BenchPeer.ts';
import { messageTemplate } from '../../bench/generator/frames.ts';
import { markdownTable } from '../../bench/report.ts';
import { type Agreed, type Row, systemsOf } from '../../bench/runCase.ts';
import { SCENARIOS } from '../../bench/scenarios/index.ts';
import type { System } from '../../bench/systems/System.ts';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';

it('npm run bench measures every scenario on everything it compares, and loses no message', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const file = join(folder, 'figures.json');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['bench/main.ts', '--quick', '--json', file],
    { cwd: PROJECT_ROOT },
  );
  const { rows, agreed } = JSON.parse(await readFile(file, 'utf8')) as {
    rows: Row[];
    agreed: Agreed[];
  };
  await rm(folder, { recursive: true });

  for (const scenario of SCENARIOS) {
    for (const case_ of scenario.cases) {
      const { label } = case_;
      const title = `${scenario.name} ${label}`;
      const found = rows.filter((row) => row.scenario === scenario.name && row.case === label);
      expect(found, title).not.toEqual([]);
      for (const system of systemsOf(scenario, case_, true)) {
        const values = found.flatMap((row) => row.rounds[system] ?? []);
        expect(values.some((value) => typeof value === 'number' && value > 0)).toBe(true);
      }
    }
  }
  expect(Object.keys(countersFrom(rows, '')).toSorted()).toEqual(COUNTED_SCENARIOS.toSorted());
  const all = (measure: string) =>
    rows
      .filter((row) => row.measure === measure)
      .flatMap((row) => Object.values(row.rounds).flat());
  expect(new Set(all('lost, doubled or disordered'))).toEqual(new Set([0]));
  expect(new Set(all('connections made'))).toEqual(new Set([100]));
  expect(new Set(all('calls answered'))).toEqual(new Set([100]));
  // Nobody compresses, though it is offered: it would cost a socket three times its memory.
  const extensions = agreed.flatMap((systems) => Object.values(systems).flat());
  expect(new Set(extensions)).toEqual(new Set(['']));
  expect(stdout).toContain('messages a second');
  expect(stdout).toContain('Offered, as by Chromium: `permessage-deflate; client_max_window_bits`');
});

it('the table for the document has what its readers need, and every fault', () => {
  const row = (measure: string, unit: string, rounds: Row['rounds']): Row => ({
    ...{ scenario: 'mesh', case: '', isSum: true },
    ...{ measure, unit, rounds },
  });
  const rows = [
    row('lost, doubled or disordered', '', { server: [0], official: [0] }),
    row('connections made', '%', { server: [100], official: [100] }),
    row('CPU of the load generator', '% of a core', { server: [50], official: [60] }),
    row('CPU of the server', '% of a core', { server: [4], bare: [8], official: [2] }),
    { ...row('CPU a message, 160 B', 'µs', { server: [3], bare: [3] }), scenario: 'core' },
  ];
  const shown = (table: string) => table.split('\n').slice(2);
  expect(shown(markdownTable(rows))).toEqual([
    '| mesh | CPU of the server, % of a core | 4 | – | 2 | 0.50 | – |',
  ]);
  const fault = row('lost, doubled or disordered', '', { server: [0, 3], official: [0, 0] });
  expect(shown(markdownTable([fault, ...rows]))[0]).toContain('lost, doubled or disordered | 3 |');
});

it.each([
  ['as it was offered', {}],
  [
    'and forgets what went before',
    { clientNoContextTakeover: true, serverNoContextTakeover: true },
  ],
  ['with a small window', { clientMaxWindowBits: 9 }],
])('a peer of the benchmark compresses where the server agrees, %s', async (_, agreed) => {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    perMessageDeflate: { threshold: 0, ...agreed },
  });
  await once(server, 'listening');
  let bytesOnWire = 0;
  server.on('connection', (socket, { socket: { bytesRead }, socket: connection }) => {
    socket.send('{"type":"OPEN"}');
    socket.on('message', (data) => {
      bytesOnWire = connection.bytesRead - bytesRead;
      socket.send(String(data));
    });
  });
  const { port } = server.address() as AddressInfo;
  const peer = await BenchPeer.open({ ...OFFICIAL_LIKE, port }, '/', 'sender');
  const messages = [2500, 100, 300, 40_000, 2500].map((size) =>
    messageTemplate('CANDIDATE', 'sender', 'receiver', size),
  );
  const echoes: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  peer.onText = (text) => {
    if (echoes.push(String(text)) === messages.length) resolve();
  };
  for (const { frame } of messages) peer.send(frame);
  await promise;
  peer.destroy();
  server.close();

  const texts = messages.map(({ text }) => text);
  expect(echoes).toEqual(texts);
  expect(bytesOnWire).toBeGreaterThan(0);
  expect(bytesOnWire).toBeLessThan(texts.join('').length / 2);
});

/** A system as the load generator has to know it, where all peers meet at one path. */
const OFFICIAL_LIKE: System = {
  name: 'official',
  host: '127.0.0.1',
  port: 0,
  pid: process.pid,
  inspectorPort: undefined,
  hasRooms: false,
  answersHeartbeats: false,
  countsWakes: false,
};
