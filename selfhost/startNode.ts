/**
 * `npm run start:node`: serves on Node, from the sources, with the flags of the command (cli.ts).
 */
import { greeting } from './command/greeting.ts';
import { hostOfSources } from './command/hostOfSources.ts';
import { serve } from './command/serve.ts';
import { loadBundle } from './node/bundleServer.ts';
import { startOnNode } from './node/startOnNode.ts';

await serve({
  name: 'npm run start:node --',
  host: hostOfSources(),
  async start(options) {
    const { createPeerServer } = await loadBundle();
    return startOnNode(createPeerServer, options);
  },
  greeting,
});
