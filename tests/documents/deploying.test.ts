import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { DOCUMENTS, read } from '../support/documents.ts';

const packageJson = JSON.parse(read('package.json')) as {
  readonly repository: { readonly url: string };
  readonly homepage: string;
  readonly bugs: string;
};

interface Lockfile {
  readonly packages: Readonly<
    Record<
      string,
      { integrity?: string; resolved?: string; optionalDependencies?: Record<string, string> }
    >
  >;
}

describe('package-lock.json', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as Lockfile;
  const entries = Object.entries(packages).filter(([path]) => path !== '');

  it('has a hash of every package, for every platform', () => {
    expect(entries.filter(([, it]) => it.integrity === undefined).map(([path]) => path)).toEqual(
      [],
    );
    const names = new Set(entries.map(([path]) => path.split('node_modules/').at(-1)));
    const optional = entries.flatMap(([, it]) => Object.keys(it.optionalDependencies ?? {}));
    expect(optional.length).toBeGreaterThan(20);
    expect(optional.filter((name) => !names.has(name))).toEqual([]);
  });

  it('names no registry, so that each uses its own', () => {
    expect(entries.filter(([, it]) => it.resolved !== undefined)).toEqual([]);
  });
});

describe('the address of the repository', () => {
  const address = packageJson.repository.url.replace(/^git\+|\.git$/g, '');

  it('is the same everywhere in package.json', () => {
    expect(packageJson.homepage).toBe(`${address}#readme`);
    expect(packageJson.bugs).toBe(`${address}/issues`);
  });

  it('is what the deploy button deploys, and no other repository of ours is named', () => {
    expect(read('README.md')).toContain(`https://deploy.workers.cloudflare.com/?url=${address})`);
    const [, owner = ''] = /github\.com\/([^/]+)/.exec(address) ?? [];
    for (const document of DOCUMENTS) {
      for (const [link] of read(document).matchAll(/https:\/\/github\.com\/[^\s)#]+/g)) {
        if (link.includes(owner) || link.endsWith('/durable-peerjs-server')) {
          expect(link.startsWith(address), `${document}: ${link}`).toBe(true);
        }
      }
    }
  });
});

describe('the workflow', () => {
  interface Step {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, unknown>>;
  }
  const { jobs } = parse(read('.github/workflows/check-and-deploy.yml')) as {
    jobs: Record<'check' | 'deploy', { steps: Step[] }>;
  };
  const steps = Object.values(jobs).flatMap((job) => job.steps);
  const commands = (job: keyof typeof jobs) => jobs[job].steps.map(({ run = '' }) => run);

  it('names each action by commit, and leaves no credentials on the disk', () => {
    const actions = steps.filter(({ uses }) => uses !== undefined);
    expect(actions.length).toBeGreaterThan(0);
    for (const { uses, with: inputs } of actions) {
      expect(uses).toMatch(/@[\da-f]{40}$/);
      if (uses?.startsWith('actions/checkout@')) {
        expect(inputs?.['persist-credentials']).toBe(false);
      }
    }
  });

  it('installs what the lockfile says', () => {
    const installs = steps.flatMap(({ run }) => run?.match(/npm (ci|install|i)\b/g) ?? []);
    expect(installs).toEqual(['npm ci', 'npm ci']);
  });

  it('deploys no tag that is not the version, and then tries the server', () => {
    const order = ['github_ref_name" = "v$(node -p', 'deploy:production', 'npm run smoke'].map(
      (part) => commands('deploy').findIndex((run) => run.toLowerCase().includes(part)),
    );
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(order).not.toContain(-1);
  });
});

describe('the image', () => {
  const dockerfile = read('deploy/Dockerfile');

  it('has what the lockfile says, and no right that root has', () => {
    expect(dockerfile.match(/npm (ci|install|i)\b/g)).toEqual(['npm ci', 'npm ci']);
    const user = dockerfile.lastIndexOf('\nUSER node\n');
    expect(user).toBeGreaterThan(dockerfile.lastIndexOf('\nFROM '));
    expect(dockerfile.indexOf('\nENTRYPOINT ')).toBeGreaterThan(user);
  });

  it('is served by compose.yaml to this machine alone, and to nobody without an ADMIN_TOKEN', () => {
    const { services } = parse(read('deploy/compose.yaml')) as {
      services: Record<'peerjs', { ports: string[]; environment: Record<string, string> }>;
    };
    const [, port] = /\nEXPOSE (\d+)\n/.exec(dockerfile) ?? [];
    expect(services.peerjs.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(services.peerjs.environment.ADMIN_TOKEN).toMatch(/^\$\{ADMIN_TOKEN:\?/);
    expect(services.peerjs).toMatchObject({
      build: { context: '..', dockerfile: 'deploy/Dockerfile' },
      read_only: true,
      cap_drop: ['ALL'],
    });
  });
});

const unit = join(PROJECT_ROOT, 'deploy', 'peerjs-server.service');
// Only systemd 250 and newer can look at a unit that is not installed.
const report = spawnSync('systemd-analyze', ['security', '--offline=true', unit], {
  encoding: 'utf8',
});

it.skipIf(report.status !== 0)('the systemd unit is exposed to little', () => {
  const exposure = Number(/Overall exposure level[^:]*: ([\d.]+)/.exec(report.stdout)?.[1]);
  expect(exposure).toBeLessThanOrEqual(3);
});
