import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { CERTIFICATE, PRIVATE_KEY } from './certificate.ts';
import { freePort } from './listenHere.ts';

/** A part of a file of ours, and what stands there in a test: only addresses and files differ. */
type Change = readonly [from: string | RegExp, to: string];

/** What a proxy does with the prefix /peer, below which it serves. */
export type Prefix = 'strips' | 'keeps';

/** Where a test has it listen, and what it stands before. */
interface Place {
  readonly folder: string;
  readonly port: number;
  readonly upstream: number;
  readonly prefix: Prefix | undefined;
}

/** A reverse proxy that docs/deploy.md has lines for. */
interface ReverseProxy {
  readonly program: string;
  readonly versionFlag: string;
  /** In deploy/. */
  readonly file: string;
  changes(place: Place): Change[];
  /** Around our lines, what a complete file needs. */
  complete(lines: string, place: Place): string;
  flags(file: string, place: Place): string[];
}

/** Whether this machine has IPv6, at least for itself. */
export const HAS_IPV6 = Object.values(networkInterfaces())
  .flat()
  .some((it) => it?.address === '::1');

const UPSTREAM = '127.0.0.1:9000';

const REVERSE_PROXIES: Readonly<Record<'nginx' | 'Caddy' | 'HAProxy', ReverseProxy>> = {
  nginx: {
    program: 'nginx',
    versionFlag: '-v',
    file: 'nginx.conf',
    changes: ({ port, upstream, prefix }) => [
      ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
      [/.*listen \[::\]:443 ssl;/, HAS_IPV6 ? `listen [::1]:${port} ssl;` : ''],
      ['error_log /var/log/nginx/error.log', 'error_log stderr'],
      [/ssl_certificate .*;/, 'ssl_certificate cert.pem;'],
      [/ssl_certificate_key .*;/, 'ssl_certificate_key key.pem;'],
      [
        `proxy_pass http://${UPSTREAM};`,
        `proxy_pass http://127.0.0.1:${upstream}${prefix === 'strips' ? '/' : ''};`,
      ],
      ...(prefix === undefined ? [] : [['location / {', 'location /peer/ {'] as const]),
    ],
    complete(lines, { folder }) {
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((kind) => `${kind}_temp_path ${folder};`)
        .join(' ');
      return `daemon off; pid ${folder}/pid; error_log stderr; events {} http { ${temporary}\n${lines}}`;
    },
    flags: (file, { folder }) => ['-p', folder, '-c', file, '-e', 'stderr'],
  },
  Caddy: {
    program: 'caddy',
    versionFlag: 'version',
    file: 'Caddyfile',
    changes({ folder, port, upstream, prefix }) {
      const inside = `reverse_proxy 127.0.0.1:${upstream}`;
      const line = prefix === 'strips' ? `handle_path /peer/* { reverse_proxy ${UPSTREAM} }` : '';
      const kept = prefix === 'keeps' ? `handle /peer/* { reverse_proxy ${UPSTREAM} }` : '';
      const commented = line || kept;
      const [directive = ''] = commented.split(' {');
      return [
        // Else it makes an authority of its own, which this machine then trusts.
        ['{\n', '{\n\tskip_install_trust\n\tadmin off\n\tauto_https disable_redirects\n'],
        [
          'peerjs.example.com {',
          `https://127.0.0.1:${port}, https://localhost:${port} {\n\ttls ${folder}/cert.pem ${folder}/key.pem\n`,
        ],
        // The line in the comment must be there, to be used.
        ...(commented === '' ? [] : [[`#   ${commented} `, '# '] as const]),
        [
          `reverse_proxy ${UPSTREAM}`,
          commented === '' ? inside : `${directive} {\n\t\t${inside}\n\t}`,
        ],
      ];
    },
    complete: (lines) => lines,
    flags: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
  },
  HAProxy: {
    program: 'haproxy',
    versionFlag: '-v',
    file: 'haproxy.cfg',
    changes: ({ folder, port, upstream, prefix }) => [
      ['bind :443', `bind 127.0.0.1:${port}`],
      [/bind :::443( .*)/, HAS_IPV6 ? `bind ::1:${port}$1` : ''],
      [/crt \S+/g, `crt ${folder}/both.pem`],
      [`server peerjs ${UPSTREAM}`, `server peerjs 127.0.0.1:${upstream}`],
      ...(prefix === undefined
        ? []
        : ([
            ['# acl', 'acl'],
            ['# use_backend', 'use_backend'],
          ] as const)),
      ...(prefix === 'strips' ? [['# http-request', 'http-request'] as const] : []),
    ],
    complete: (lines) => lines,
    flags: (file) => ['-db', '-f', file],
  },
};

export type ProxyName = keyof typeof REVERSE_PROXIES;

/** The proxies that tests can use here. Says which are missing. */
export function installedProxies(): ProxyName[] {
  const names = Object.keys(REVERSE_PROXIES) as ProxyName[];
  const installed = names.filter((name) => {
    const { program, versionFlag } = REVERSE_PROXIES[name];
    return spawnSync(program, [versionFlag]).error === undefined;
  });
  for (const name of names.filter((it) => !installed.includes(it))) {
    console.warn(`Skipped: ${name} is not installed.`);
  }
  return installed;
}

/** A proxy that runs. */
export interface RunningProxy {
  readonly origin: string;
  /** What it has written. */
  readonly log: string;
  stop(): Promise<void>;
}

/** Runs a proxy with its lines in deploy/, where only addresses and files are changed. */
export async function startReverseProxy(
  name: ProxyName,
  upstream: number,
  prefix?: Prefix,
): Promise<RunningProxy> {
  const proxy = REVERSE_PROXIES[name];
  const folder = await mkdtemp(join(tmpdir(), `${proxy.program}-`));
  const place: Place = { folder, port: await freePort(), upstream, prefix };
  let lines = await readFile(join(PROJECT_ROOT, 'deploy', proxy.file), 'utf8');
  for (const [from, to] of proxy.changes(place)) {
    expect(lines).toMatch(from);
    lines = lines.replace(from, to);
  }
  const file = join(folder, proxy.file);
  await writeFile(file, proxy.complete(lines, place));
  await writeFile(join(folder, 'cert.pem'), CERTIFICATE);
  await writeFile(join(folder, 'key.pem'), PRIVATE_KEY);
  await writeFile(join(folder, 'both.pem'), `${CERTIFICATE}\n${PRIVATE_KEY}`);

  const child = spawn(proxy.program, proxy.flags(file, place), {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  const ended = once(child, 'close');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  while (!(await accepts(place.port))) {
    if (child.exitCode !== null) throw new Error(`${name} did not start:\n${errors}`);
    await sleep(20);
  }
  return {
    origin: `https://127.0.0.1:${place.port}`,
    get log() {
      return errors;
    },
    stop,
  };
}

/** None of them says when it listens, nor on which port if it is given none. */
async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
