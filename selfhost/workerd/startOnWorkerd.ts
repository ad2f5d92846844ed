import { setTimeout } from 'node:timers/promises';
import { warnOfSettingsWithoutEffect } from '../../src/settings/withoutEffect.ts';
import { parseEnvironment } from '../../src/settings.ts';
import type { Options } from '../command/readOptions.ts';
import type { Served } from '../command/serve.ts';
import { warnIfFewDescriptors } from '../command/warnIfFewDescriptors.ts';
import { descriptorLimit } from './launch.ts';
import { startServer } from './startServer.ts';
import type { WranglerConfig } from './workerdConfig.ts';

/** Milliseconds before a workerd that has ended by itself is started again. */
const RESTART_MS = 1000;

/**
 * Serves the Worker on workerd, and starts it again if it ends by itself.
 *
 * @param wrangler what wrangler.jsonc says.
 */
export async function startOnWorkerd(options: Options, wrangler: WranglerConfig): Promise<Served> {
  const settings = parseEnvironment(options.environment);
  let server = await startServer(options, wrangler);
  const { port } = server;
  warnIfFewDescriptors(descriptorLimit(), 2);
  warnOfSettingsWithoutEffect(settings, 'workerd');
  const stopping = new AbortController();

  const run = async () => {
    for (;;) {
      const { code, signal } = await server.ended;
      if (stopping.signal.aborted) return;
      if (signal !== null) throw new Error(`The server was ended by ${signal}.`);
      // workerd ends by itself when it runs out of file descriptors: accept() fails for good.
      console.error(`workerd ended by itself (code ${code}). It is started again.`);
      await setTimeout(RESTART_MS, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      server = await startServer({ ...options, port }, wrangler);
      // A signal that came in the meantime has stopped the previous one.
      if (stopping.signal.aborted) await server.stop();
    }
  };
  return {
    port,
    ended: run(),
    stop() {
      if (stopping.signal.aborted) return;
      stopping.abort();
      void server.stop();
    },
  };
}
