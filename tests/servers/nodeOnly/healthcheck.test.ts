import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../selfhost/projectRoot.ts';
import { createPeerServer, type PeerServer } from '../../../src/createPeerServer.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../../support/certificate.ts';

const SETTINGS = { LOG_LEVEL: 'off' };

const plain: PeerServer = createPeerServer({ settings: SETTINGS });
const secure: PeerServer = createPeerServer({
  settings: SETTINGS,
  tls: { key: PRIVATE_KEY, cert: CERTIFICATE },
});
let folder: string;
let ports: { plain: string; secure: string };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'healthcheck-'));
  const [one, two] = await Promise.all([plain.listen(0), secure.listen(0)]);
  ports = { plain: String(one.port), secure: String(two.port) };
});
afterAll(async () => {
  await Promise.all([plain.close(), secure.close()]);
  await rm(folder, { recursive: true });
});

/** The exit status of the check in a container whose first process has these arguments. */
async function checkOf(commandLine: string[], environment: Readonly<Record<string, string>> = {}) {
  const file = join(folder, 'cmdline');
  await writeFile(file, [...commandLine, ''].join('\0'));
  const child = spawn(process.execPath, ['deploy/healthcheck.js', file], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, PORT: '', HOST: '', ...environment },
    stdio: 'ignore',
  });
  const [code] = await once(child, 'exit');
  return code;
}

/** The same, where that is the server with these flags. */
function check(flags: string[], environment: Readonly<Record<string, string>> = {}) {
  return checkOf(['node', 'dist/cli.js', ...flags], environment);
}

it('the health check of the container follows the port, be it a flag or a variable', async () => {
  expect(await check(['--port', ports.plain])).toBe(0);
  expect(await check([`--port=${ports.plain}`, '--host', '127.0.0.1'])).toBe(0);
  expect(await check(['-p', ports.plain, '--proxied'])).toBe(0);
  expect(await check(['--cors', '*'], { PORT: ports.plain })).toBe(0);
});

it('the check asks here whatever HOST says, which the server does not read', async () => {
  expect(await check(['--port', ports.plain], { HOST: 'peerjs.example.com' })).toBe(0);
});

it('the check follows TLS', async () => {
  const flags = ['--port', ports.secure, '--sslkey', 'key.pem', '--sslcert', 'cert.pem'];
  expect(await check(flags)).toBe(0);
  expect(await check(['--port', ports.secure])).toBe(1);
});

it('the check follows the flags behind an init that started the server', async () => {
  const flags = ['node', 'dist/cli.js', '--port', ports.plain];
  expect(await checkOf(['/sbin/docker-init', '--', ...flags])).toBe(0);
});

it('the check fails where nobody answers', async () => {
  expect(await check(['--port', '1'])).toBe(1);
});
