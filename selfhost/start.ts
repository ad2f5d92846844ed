/**
 * `npm start`: serves the Worker on this machine, with the flags of the command (cli.ts).
 */
import { greeting } from './command/greeting.ts';
import { hostOfSources } from './command/hostOfSources.ts';
import { serve } from './command/serve.ts';
import { startOnWorkerd } from './workerd/startOnWorkerd.ts';
import { settingsFrom } from './workerd/startServer.ts';
import { readWranglerConfig } from './workerd/workerdConfig.ts';

// Once: what is warned of is what runs. A fault in it shows where it is awaited.
const wrangler = readWranglerConfig();

await serve({
  name: 'npm start --',
  host: hostOfSources(),
  async environment() {
    return { ...process.env, ...settingsFrom(await wrangler, process.env) };
  },
  start: async (options) => startOnWorkerd(options, await wrangler),
  greeting,
});
