import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';

/** Windows has no such limit, no such signals, and ends children with their parent by itself. */
const IS_POSIX = process.platform !== 'win32';

/**
 * Raises the limit of file descriptors as far as it goes: to the hard limit, or where that is more
 * than the system gives (macOS says "unlimited"), to the most of these that it does.
 */
const RAISE = `for n in $(ulimit -H -n) 65536 10240; do ulimit -S -n $n 2>/dev/null && break; done`;

/**
 * Starts a program with all the file descriptors that it may have. Ctrl-C in a terminal, which is
 * told to the whole process group, and the terminal's end do not reach it: its parent decides.
 */
export function launch(command: string, args: readonly string[], options: SpawnOptions) {
  if (!IS_POSIX) return spawn(command, args, options);
  const script = `${RAISE}; trap '' INT HUP; exec "$0" "$@"`;
  return spawn('/bin/sh', ['-c', script, command, ...args], options);
}

/** How many file descriptors a program has that `launch` starts. */
export function descriptorLimit(): number {
  if (!IS_POSIX) return Number.POSITIVE_INFINITY;
  const limit = execFileSync('/bin/sh', ['-c', `${RAISE}; ulimit -S -n`], { encoding: 'utf8' });
  return limit.trim() === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}

/**
 * Ends a child, and removes its folder, if this process ends without doing it: at SIGKILL nothing
 * else can. A shell waits for the end of a pipe that this process alone holds.
 *
 * @returns takes it back, once the child has ended.
 */
export function endWithThisProcess(child: ChildProcess, folder: string): () => void {
  if (!IS_POSIX || child.pid === undefined) return () => {};
  const script = `trap '' INT HUP TERM; read -r _ || { kill -KILL $0; rm -rf "$1"; } 2>/dev/null`;
  const guard = spawn('/bin/sh', ['-c', script, String(child.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // What cannot be started or has been killed guards nothing, and that is all.
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  return () => guard.stdin.end('ended\n');
}
