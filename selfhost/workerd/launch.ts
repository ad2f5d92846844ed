import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';

/** Windows has no such limit and no such signals, and it ends children with their parent. */
const IS_POSIX = process.platform !== 'win32';

/**
 * Starts a program that neither Ctrl-C in a terminal, which goes to the whole process group, nor the end of
 * the terminal reaches: its parent decides when it ends.
 */
export function launch(command: string, args: readonly string[], options: SpawnOptions) {
  if (!IS_POSIX) return spawn(command, args, options);
  return spawn('/bin/sh', ['-c', `trap '' INT HUP; exec "$0" "$@"`, command, ...args], options);
}

/** How many file descriptors a child may have. Node has raised its own limit as far as it goes. */
export function descriptorLimit(): number {
  if (!IS_POSIX) return Number.POSITIVE_INFINITY;
  const limit = execFileSync('/bin/sh', ['-c', 'ulimit -S -n'], { encoding: 'utf8' }).trim();
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}

/**
 * Ends a child, and removes its folder, if this process ends without doing it: at SIGKILL nothing
 * else can. A shell waits for the end of a pipe that this process alone holds.
 *
 * @returns a function that stops the watch, once the child has ended.
 */
export function endWithThisProcess(child: ChildProcess, folder: string): () => void {
  if (!IS_POSIX || child.pid === undefined) return () => {};
  const script = `trap '' INT HUP TERM; read -r _ || { kill -KILL $0; rm -rf "$1"; } 2>/dev/null`;
  const guard = spawn('/bin/sh', ['-c', script, String(child.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // A guard that cannot start, or was killed, guards nothing. The server runs without it.
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  return () => guard.stdin.end('ended\n');
}
