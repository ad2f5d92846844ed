import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Row } from '../../bench/runCase.ts';
import { SCENARIOS } from '../../bench/scenarios/index.ts';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';

it('npm run bench measures every scenario on everything it compares, and loses no message', {
  timeout: 180_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const file = join(folder, 'figures.json');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['bench/main.ts', '--quick', '--json', file],
    { cwd: PROJECT_ROOT },
  );
  const { rows } = JSON.parse(await readFile(file, 'utf8')) as { rows: Row[] };
  await rm(folder, { recursive: true });

  for (const scenario of SCENARIOS) {
    for (const { label, systems } of scenario.cases) {
      const title = `${scenario.name} ${label}`;
      const found = rows.filter((row) => row.scenario === scenario.name && row.case === label);
      expect(found, title).not.toEqual([]);
      for (const system of systems) {
        const values = found.flatMap((row) => row.rounds[system] ?? []);
        expect(values.some((value) => typeof value === 'number' && value > 0)).toBe(true);
      }
    }
  }
  const all = (measure: string) =>
    rows
      .filter((row) => row.measure === measure)
      .flatMap((row) => Object.values(row.rounds).flat());
  expect(new Set(all('lost, doubled or disordered'))).toEqual(new Set([0]));
  expect(new Set(all('connections made'))).toEqual(new Set([100]));
  expect(stdout).toContain('messages a second');
});
