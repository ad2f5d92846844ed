#!/usr/bin/env node
/**
 * The command of the package: listens as the official server's CLI does, and says so in its words.
 * It is compiled (buildPackage.ts), because Node strips no types below node_modules.
 */
import { join } from 'node:path';
import { everyAddress } from './listenAddress.ts';
import { PROJECT_ROOT } from './projectRoot.ts';
import { serve } from './serve.ts';

const everywhere = everyAddress();

await serve({
  host: { value: everywhere, as: everywhere },
  bundle: join(PROJECT_ROOT, 'dist', 'worker'),
  // Scripts wait for this line.
  greet: ({ host, port, path }) => `Started PeerServer on ${host}, port: ${port}, path: ${path}`,
});
