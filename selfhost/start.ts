/**
 * `npm start`: serves the Worker on this machine, with the flags of the command (cli.ts).
 */
import { greeting } from './command/greeting.ts';
import { hostOfSources } from './command/hostOfSources.ts';
import { serve } from './command/serve.ts';
import { startOnWorkerd } from './workerd/startOnWorkerd.ts';
import { settingsFrom } from './workerd/startServer.ts';
import { readWranglerConfig } from './workerd/workerdConfig.ts';

await serve({
  name: 'npm start --',
  host: hostOfSources(),
  async environment() {
    return { ...process.env, ...settingsFrom(await readWranglerConfig(), process.env) };
  },
  start: startOnWorkerd,
  greeting,
});
