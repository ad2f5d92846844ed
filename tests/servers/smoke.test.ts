import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { useServer } from '../support/servers.ts';

/** The slowest check waits until a room sleeps. */
const LIMIT_MS = 180_000;
const ADMIN_TOKEN = 'token-of-the-operator';
const JWT_SECRET = 'a-secret-of-at-least-32-characters';

/** Runs `npm run smoke` against a server. */
async function smoke(
  address: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ code: number | null; table: string }> {
  const child = spawn(process.execPath, ['tools/smoke/main.ts', address], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [table] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return { code: child.exitCode, table };
}

describe('npm run smoke', () => {
  const open = useServer({ ADMIN_TOKEN });
  const guarded = useServer({ PEERJS_KEY: 'only-for-friends', JWT_SECRET });
  const silent = useServer({ LEAVE_GRACE_MS: 'off' });

  it('finds this server sound, for the operator', { timeout: LIMIT_MS }, async () => {
    const { code, table } = await smoke(open(), { ADMIN_TOKEN });
    expect(table).toMatch(/\n(29|3[0-3]) passed, [01] skipped, 0 failed\n$/);
    expect(code).toBe(0);
  });

  it('finds it sound with a key and signed tokens', { timeout: LIMIT_MS }, async () => {
    const known = { PEERJS_KEY: 'only-for-friends', JWT_SECRET };
    const { code, table } = await smoke(guarded(), known);
    expect(table).toMatch(/\n(2[6-9]|3\d) passed, \d skipped, 0 failed\n$/);
    expect(code).toBe(0);
  });

  it('finds it sound where nobody is told who leaves', { timeout: LIMIT_MS }, async () => {
    const { code, table } = await smoke(silent(), {});
    expect(table).toContain(
      'skipped  The others learn that a page was closed: LEAVE_GRACE_MS is off\n',
    );
    expect(table).toMatch(/ 0 failed\n$/);
    expect(code).toBe(0);
  });

  it('skips what needs a token that it cannot sign', { timeout: LIMIT_MS }, async () => {
    const { code, table } = await smoke(guarded(), { PEERJS_KEY: 'only-for-friends' });
    expect(table).toContain('skipped  A heartbeat is answered: tokens are signed: set JWT_SECRET');
    expect(table).toMatch(/ 0 failed\n$/);
    expect(code).toBe(0);
  });

  it('names what is not as it must be, and fails', { timeout: LIMIT_MS }, async () => {
    const { code, table } = await smoke(guarded(), { JWT_SECRET });
    expect(table).toContain(
      'FAILED   A heartbeat is answered: a join is answered by ERROR: Invalid key',
    );
    expect(table).toContain('passed   A wrong key is refused');
    expect(table).toMatch(/ failed\n.*give it as PEERJS_KEY, or with --key\.\n$/);
    expect(code).toBe(1);
  });
});
