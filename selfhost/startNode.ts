/**
 * `npm run start:node`: serves on Node, from the sources, with the flags of the command (cli.ts).
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { greeting } from './command/greeting.ts';
import { hostOfSources } from './command/hostOfSources.ts';
import { serve } from './command/serve.ts';
import { bundleServer } from './node/bundleServer.ts';
import { startOnNode } from './node/startOnNode.ts';

await serve({
  name: 'npm run start:node --',
  host: hostOfSources(),
  async start(options) {
    const bundle = pathToFileURL(join(await bundleServer(), 'createPeerServer.js')).href;
    const { createPeerServer } = (await import(
      bundle
    )) as typeof import('../src/createPeerServer.ts');
    return startOnNode(createPeerServer, options);
  },
  greeting,
});
