/**
 * `npm run bench`: measures this server beside the official one and beside a bare relay on the same
 * runtime. docs/performance.md says what is measured and how.
 *
 *   npm run bench                     all scenarios
 *   npm run bench -- relay wake       some of them
 *   npm run bench -- --json out.json  writes what each round found
 *   npm run bench -- --markdown       puts the table into docs/performance.md
 *   npm run bench -- --counters       keeps what npm run cost computes with in bench/counters.json
 *   npm run bench -- --rounds 1       fewer rounds
 *   npm run bench -- --quick          shows in seconds that it works; its figures mean nothing
 */
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_ROOT } from '../selfhost/projectRoot.ts';
import { bundleWorker } from '../selfhost/workerd/bundleWorker.ts';
import { COUNTED_SCENARIOS, writeCounters } from './counters.ts';
import { stopAll } from './LoadedSystem.ts';
import { putTable } from './putTable.ts';
import { agreedSentence, markdownTable, textTable } from './report.ts';
import { type Agreed, type Row, runCase } from './runCase.ts';
import { SCENARIOS } from './scenarios/index.ts';

const DOCUMENT = join(PROJECT_ROOT, 'docs', 'performance.md');
const PLACE = {
  start: '<!-- npm run bench -- --markdown: from here -->',
  end: '<!-- to here -->',
};

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    counters: { type: 'boolean', default: false },
    json: { type: 'string' },
    markdown: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
});
const unknown = positionals.find((name) => !SCENARIOS.some((scenario) => scenario.name === name));
const chosen = positionals.length === 0 && options.counters ? COUNTED_SCENARIOS : positionals;
const rounds = options.rounds === undefined ? undefined : Number(options.rounds);
if (unknown !== undefined) {
  const names = SCENARIOS.map(({ name }) => name).join(', ');
  fail(`There is no scenario "${unknown}". There are: ${names}.`);
} else if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
  fail(`--rounds must be a whole number above 0; it is ${options.rounds}.`);
} else if (options.quick && (options.counters || options.markdown)) {
  fail('The figures of --quick mean nothing, so neither --counters nor --markdown keeps them.');
} else {
  await run();
}

async function run(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stopAll().then(() => process.exit(1)));
  }
  const startedAt = new Date();
  progress('building');
  await bundleWorker();
  const rows: Row[] = [];
  const agreed: Agreed[] = [];
  for (const scenario of SCENARIOS) {
    if (chosen.length > 0 && !chosen.includes(scenario.name)) continue;
    for (const case_ of scenario.cases) {
      const found = await runCase(scenario, case_, { isQuick: options.quick, rounds, progress });
      rows.push(...found.rows);
      agreed.push(found.agreed);
    }
  }
  progress('');

  const machine = await describeMachine(startedAt);
  const measured = `${machine.date}, ${machine.cpu} (${machine.cores} cores), Node ${machine.node}, workerd ${machine.workerd}`;
  const caption = `${measured}. ${agreedSentence(agreed)}`;
  console.log(`\n${textTable(rows)}\n\n${caption}`);
  if (options.quick) console.log('These are the figures of --quick: they mean nothing.');
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify({ machine, agreed, rows }, null, 2)}\n`);
  }
  if (options.counters) await writeCounters(rows, `${measured}, PeerJS ${machine.peerjs}`);
  if (options.markdown) await putTable(DOCUMENT, `${caption}\n\n${markdownTable(rows)}`, PLACE);
}

async function describeMachine(startedAt: Date) {
  const require = createRequire(import.meta.url);
  const versionOf = (name: string) =>
    (require(`${name}/package.json`) as { version: string }).version;
  return {
    date: startedAt.toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? 'unknown processor',
    cores: cpus().length,
    node: process.versions.node,
    workerd: versionOf('workerd'),
    peerjs: versionOf('peerjs'),
  };
}

/** Shows the progress at a terminal. A log file only gets the result. */
function progress(text: string): void {
  if (process.stderr.isTTY)
    process.stderr.write(`\r\x1b[2K${text.slice(0, process.stderr.columns)}`);
}

function fail(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}
