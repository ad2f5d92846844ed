import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { PATIENCE_MS } from './patience.ts';

interface NpmStartOptions {
  readonly flags?: readonly string[];
  /** The limit of file descriptors, soft and hard. By default that of the tests. */
  readonly descriptors?: number;
  /** Runs the script without npm, which takes as much of the processor as the server does to start. */
  readonly isDirect?: boolean;
}

/** `npm start`, as someone runs it in a terminal: the leader of a process group of its own. */
export class NpmStart {
  readonly #child: ChildProcess;
  readonly #temporaryFolder: string;
  /** Resolves when nobody has this command's output open any more, so when all its processes ended. */
  readonly #ended: Promise<unknown>;
  stdout = '';
  #stderr = '';

  private constructor(child: ChildProcess, temporaryFolder: string) {
    this.#child = child;
    this.#temporaryFolder = temporaryFolder;
    this.#ended = once(child, 'close');
    child.stdout?.on('data', (data) => {
      this.stdout += data;
    });
    child.stderr?.on('data', (data) => {
      this.#stderr += data;
    });
  }

  /** @param environment what the user sets; of the environment of this test only the rest is passed on. */
  static async run(
    environment: Readonly<Record<string, string>>,
    { flags = [], descriptors, isDirect = false }: NpmStartOptions = {},
  ): Promise<NpmStart> {
    const temporaryFolder = await mkdtemp(join(tmpdir(), 'npm-start-test-'));
    // The test runner itself runs under `npm test`, which this command should not know.
    const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST)/.test(name));
    const command = isDirect
      ? [...packageJson.scripts.start.split(' '), ...flags]
      : ['npm', 'start', ...(flags.length === 0 ? [] : ['--', ...flags])];
    const limited = ['-c', `ulimit -n ${descriptors} && exec "$0" "$@"`, ...command];
    const [program = '', ...args] = descriptors === undefined ? command : ['/bin/sh', ...limited];
    const child = spawn(program, args, {
      cwd: PROJECT_ROOT,
      detached: true,
      env: {
        ...Object.fromEntries(inherited),
        TMPDIR: temporaryFolder,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new NpmStart(child, temporaryFolder);
  }

  /** Runs it until it says where it listens. */
  static async untilListening(
    environment: Readonly<Record<string, string>>,
    options: NpmStartOptions = {},
  ): Promise<NpmStart> {
    const command = await NpmStart.run(environment, options);
    await command.#inTime('listen', async () => {
      while (!command.stdout.includes('Ctrl-C')) {
        const hasEnded = command.#ended.then(() => true);
        const data = once(command.#child.stdout ?? command.#child, 'data').then(() => false);
        if (await Promise.race([hasEnded, data])) throw new Error('it ended');
      }
    });
    return command;
  }

  /** What was written to the standard error, but for what npm says of its own configuration. */
  get stderr(): string {
    return this.#stderr.replace(/^npm (warn|notice) .*\n/gim, '');
  }

  get origin(): string {
    const origin = /https?:\/\/\S+/.exec(this.stdout)?.[0];
    if (origin === undefined) throw new Error(`no address in ${this.stdout}`);
    return origin;
  }

  /** What Ctrl-C in a terminal does: SIGINT to the whole process group. */
  pressCtrlC(): void {
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGINT');
  }

  /** What `kill` or a supervisor does: SIGTERM to the one process it knows. */
  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  /** The ids of the processes that were started for this command, by a part of their command line. */
  pidsOf(part: string): number[] {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,args='], { encoding: 'utf8' });
    return lines.split('\n').flatMap((line) => {
      const [, pid, group, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)/.exec(line) ?? [];
      return Number(group) === this.#child.pid && args.includes(part) ? [Number(pid)] : [];
    });
  }

  /** Waits until the last process has ended, and returns npm's exit code. */
  async untilEnded(): Promise<number | null> {
    await this.#inTime('end', () => this.#ended);
    return this.#child.exitCode;
  }

  /** The names of temporary files that it has left behind. */
  temporaryFiles(): Promise<string[]> {
    return readdir(this.#temporaryFolder);
  }

  /** Ends what a failed test may have left, and removes the folder. */
  async cleanUp(): Promise<void> {
    if (this.#child.pid !== undefined) {
      try {
        process.kill(-this.#child.pid, 'SIGKILL');
      } catch {
        // All have ended, as they should.
      }
    }
    await rm(this.#temporaryFolder, { recursive: true, force: true });
  }

  async #inTime(what: string, action: () => Promise<unknown>): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('it took too long')), PATIENCE_MS);
    });
    try {
      await Promise.race([action(), tooLate]);
    } catch (error) {
      throw new Error(`npm start did not ${what}: ${error}\n${this.stdout}\n${this.#stderr}`);
    } finally {
      clearTimeout(timer);
    }
  }
}
