import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** How many places there are: two players, and whatever they ask. */
const PLACES = { ann: 1, bob: 2, servers: 3 } as const;

type PlaceName = keyof typeof PLACES;

/** As IP numbers them. */
const PROTOCOLS = { tcp: 6, udp: 17 } as const;

/** Packets that get lost. */
interface Drop {
  /** All, where it is left out. */
  readonly protocol?: 'tcp' | 'udp';
  /** From everywhere, or to everywhere, where it is left out. */
  readonly from?: PlaceName;
  readonly to?: PlaceName;
  /** 100 where it is left out. */
  readonly percent?: number;
}

/** What the network does to packets. */
export interface Conditions {
  /** Milliseconds that each packet is on its way. */
  readonly delay?: number;
  readonly drops?: readonly Drop[];
}

/** @returns what this machine lacks for such networks, in words; undefined if nothing. */
export function missingForNetworks(): string | undefined {
  if (process.platform !== 'linux') return 'it is not Linux';
  if (process.getuid?.() !== 0) return 'the tests do not run as root';
  for (const program of ['cc', 'ip', 'nsenter', 'setpriv']) {
    if (spawnSync(program, ['-V']).error) return `${program} is not installed`;
  }
  const { status } = spawnSync('unshare', ['--net', 'ls', '/dev/net/tun']);
  return status === 0 ? undefined : 'it lets nobody make network namespaces and TUN devices';
}

/**
 * A network that a test makes: a namespace for each place, and between them a process that delays and
 * drops packets. All of it is gone when this process has ended, however it ends.
 */
export class Network {
  readonly #router: ChildProcess;
  readonly #folder: string;
  readonly #answers: AsyncIterator<string>;
  /** Each change gives a place another address. */
  readonly #hosts: Record<PlaceName, number> = { ann: 2, bob: 2, servers: 2 };

  static async make(): Promise<Network> {
    const folder = await mkdtemp(join(tmpdir(), 'network-'));
    const program = join(folder, 'router');
    const source = join(import.meta.dirname, 'router.c');
    await promisify(execFile)('cc', ['-O2', '-o', program, source]);
    const count = Object.keys(PLACES).length;
    const router = spawn(program, [String(count)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const network = new Network(router, folder);
    try {
      await network.#answer();
      for (const place of Object.keys(PLACES) as PlaceName[]) {
        network.#ip(place, 'link set lo up');
        network.#ip(place, 'link set eth0 up');
        network.#ip(place, `address add ${network.addressOf(place)}/24 dev eth0`);
        network.#ip(place, 'route add default dev eth0');
      }
      return network;
    } catch (error) {
      await network.close();
      throw error;
    }
  }

  private constructor(router: ChildProcess, folder: string) {
    this.#router = router;
    this.#folder = folder;
    if (router.stdout === null) throw new Error('The router has no output.');
    this.#answers = createInterface(router.stdout)[Symbol.asyncIterator]();
  }

  addressOf(place: PlaceName): string {
    return `10.77.${PLACES[place]}.${this.#hosts[place]}`;
  }

  /** What to put before a command, for it to run at a place, and to end with this process. */
  enter(place: PlaceName): readonly [string, ...string[]] {
    // The router opens the namespaces before anything else, from descriptor 3 on.
    const namespace = `/proc/${this.#router.pid}/fd/${2 + PLACES[place]}`;
    return ['nsenter', `--net=${namespace}`, 'setpriv', '--pdeathsig', 'KILL'];
  }

  /** Makes an executable that runs another one at a place. */
  async wrap(place: PlaceName, executable: string): Promise<string> {
    const file = join(this.#folder, `at-${place}`);
    const command = this.enter(place).join(' ');
    await writeFile(file, `#!/bin/sh\nexec ${command} '${executable}' "$@"\n`, { mode: 0o755 });
    return file;
  }

  /** Sets what happens to packets from now on, instead of what has happened until now. */
  async set({ delay = 0, drops = [] }: Conditions): Promise<void> {
    const rules = drops.map(({ protocol, from, to, percent = 100 }) => {
      const ends = [protocol && PROTOCOLS[protocol], from && PLACES[from], to && PLACES[to]];
      return `drop ${ends.map((end) => end ?? 0).join(' ')} ${percent}`;
    });
    for (const line of ['clear', `delay ${delay}`, ...rules]) {
      this.#router.stdin?.write(`${line}\n`);
      await this.#answer();
    }
  }

  /** Takes the address of a place away and gives it another one, as when a phone leaves a Wi-Fi. */
  changeAddress(place: PlaceName): void {
    const before = this.addressOf(place);
    this.#hosts[place] += 1;
    this.#ip(place, `address del ${before}/24 dev eth0`);
    this.#ip(place, `address add ${this.addressOf(place)}/24 dev eth0`);
    this.#ip(place, 'route replace default dev eth0');
  }

  async close(): Promise<void> {
    const ended = this.#router.exitCode === null ? once(this.#router, 'exit') : undefined;
    this.#router.kill('SIGKILL');
    await ended;
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #answer(): Promise<void> {
    const { done } = await this.#answers.next();
    if (done) throw new Error('The router has ended.');
  }

  #ip(place: PlaceName, command: string): void {
    const [program, ...options] = this.enter(place);
    execFileSync(program, [...options, 'ip', ...command.split(' ')]);
  }
}
