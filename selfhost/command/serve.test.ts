import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { Options } from './readOptions.ts';
import { serve } from './serve.ts';

it('starts with, and warns by, the settings that the program has, wherever they stand', async () => {
  vi.spyOn(process, 'argv', 'get').mockReturnValue(['node', 'start.ts', '--key', 'mine']);
  // The signals of this process are not for the server.
  vi.spyOn(process, 'on').mockReturnThis();
  vi.spyOn(console, 'log').mockReturnValue();
  // Nor is its output, which vitest reads: while something waits there, the command ends the process.
  for (const output of [process.stdout, process.stderr]) {
    vi.spyOn(output, 'writableLength', 'get').mockReturnValue(0);
  }
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  let started: Options | undefined;
  await serve({
    name: 'test',
    host: { address: '0.0.0.0', name: 'HOST' },
    environment: async () => ({ PUBLIC_METRICS: 'true', PEERJS_KEY: 'theirs' }),
    async start(options) {
      started = options;
      return { port: 9000, ended: Promise.resolve(), stop() {} };
    },
    greeting: () => '',
  });
  expect(started?.environment).toEqual({ PUBLIC_METRICS: 'true', PEERJS_KEY: 'mine' });
  expect(warn).not.toHaveBeenCalled();
});

it('ends once it is stopped, though what reads its log has stopped reading', async () => {
  const program = `
    import { serve } from ${JSON.stringify(new URL('./serve.ts', import.meta.url).href)};
    await serve({
      name: 'test',
      host: { address: '127.0.0.1', name: 'HOST' },
      async start() {
        console.log('x'.repeat(2 ** 20));
        return { port: 9000, ended: Promise.resolve(), stop() {} };
      },
      greeting: () => '',
    });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  // Nobody reads: a pipe holds 64 KiB.
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});
