/** `npm run fuzz`: the property-based tests, longer, and from a new seed unless FUZZ_SEED has one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const seed = process.env.FUZZ_SEED || String(Math.floor(Math.random() * 2 ** 31));
const factor = process.env.FUZZ_FACTOR || '20';
const again = `To run the same again: FUZZ_SEED=${seed} FUZZ_FACTOR=${factor} npm run fuzz`;
console.log(`\n${again}\n`);

const vitest = join(
  dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
  'vitest.mjs',
);
const tests = spawn(
  process.execPath,
  [vitest, 'run', '.property.test.ts', 'hostileInput.test.ts'],
  { stdio: 'inherit', env: { ...process.env, FUZZ_SEED: seed, FUZZ_FACTOR: factor } },
);
const [code] = await once(tests, 'exit');
console.log(`\n${again}`);
process.exitCode = typeof code === 'number' ? code : 1;
