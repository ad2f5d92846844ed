/**
 * `npm run smoke -- https://host`: tries a running server as games use it. `--help` lists the options;
 * docs/deploy.md says when to run it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import packageJson from '../../package.json' with { type: 'json' };
import { refusalSentence } from '../../src/protocol/refusals.ts';
import { CommandLineError } from '../CommandLineError.ts';
import { CHECKS, type Check, LAST_CHECKS } from './checks.ts';
import { parseCommandLine, type Target, USAGE } from './commandLine.ts';
import { mustBe, Skipped, Visit } from './Visit.ts';

/** Longer than the slowest check: a server that never answers must not hold a deploy for ever. */
const LIMIT_MS = 90_000;

type Outcome = { readonly state: 'passed' | 'skipped' | 'FAILED'; readonly detail: string };

try {
  const command = parseCommandLine(process.argv.slice(2), process.env);
  switch (command.kind) {
    case 'help':
      console.log(USAGE);
      break;
    case 'try':
      process.exitCode = (await isSound(command.target, command.waitSeconds)) ? 0 : 1;
      break;
    default:
      command satisfies never;
  }
} catch (error) {
  if (!(error instanceof CommandLineError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

/** Makes all checks, and prints a table of them. */
async function isSound(target: Target, waitSeconds: number): Promise<boolean> {
  console.log(`${target.address}, tried on ${new Date().toISOString()}\n`);
  const count = { passed: 0, skipped: 0, FAILED: 0 };
  let isKeyWrong = false;
  const note = ({ name }: Check, { state, detail }: Outcome) => {
    count[state] += 1;
    isKeyWrong ||= detail.includes(refusalSentence('invalid-key'));
    console.log(`${state.padEnd(8)} ${name}${detail === '' ? '' : `: ${detail}`}`);
    return state !== 'FAILED';
  };

  const first = answersWithin(waitSeconds);
  // Without an answer all others would say the same.
  if (note(first, await outcomeOf(first, target, LIMIT_MS + waitSeconds * 1000))) {
    const running = CHECKS.map((check) => [check, outcomeOf(check, target)] as const);
    for (const [check, outcome] of running) note(check, await outcome);
    for (const check of LAST_CHECKS) note(check, await outcomeOf(check, target));
  }
  console.log(`\n${count.passed} passed, ${count.skipped} skipped, ${count.FAILED} failed`);
  if (isKeyWrong) console.log('The server has another key: give it as PEERJS_KEY, or with --key.');
  return count.FAILED === 0;
}

async function outcomeOf(check: Check, target: Target, limit = LIMIT_MS): Promise<Outcome> {
  const visit = new Visit(target);
  const tooLate = new AbortController();
  try {
    const late = sleep(limit, undefined, { signal: tooLate.signal }).then(() => {
      throw new Error(`nothing for ${limit / 1000} s`);
    });
    const detail = await Promise.race([check.run(visit), late]);
    return { state: 'passed', detail: detail ?? '' };
  } catch (error) {
    return { state: error instanceof Skipped ? 'skipped' : 'FAILED', detail: sentenceOf(error) };
  } finally {
    tooLate.abort();
    visit.end();
  }
}

/** A new account's certificate works after some minutes, and a deploy reaches each city in its time. */
function answersWithin(seconds: number): Check {
  return {
    name: 'It answers, with the version of this clone',
    async run(visit) {
      const start = performance.now();
      for (;;) {
        try {
          const answer = await visit.get('/', { headers: { Accept: 'application/json' } });
          mustBe('the status of /', answer.status, 200);
          const { software, version } = (await answer.json()) as Record<string, unknown>;
          mustBe('the software', software, packageJson.name);
          mustBe('its version', version, packageJson.version);
          return packageJson.version;
        } catch (error) {
          if (performance.now() - start > seconds * 1000) throw error;
          await sleep(1000);
        }
      }
    },
  };
}

/** The error as one line. `fetch` says why it failed in its cause. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const because = cause instanceof Error ? cause.message || cause.name : '';
  return `${error.message}${because === '' ? '' : `: ${because}`}`.replaceAll(/\s+/g, ' ');
}
