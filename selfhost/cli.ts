#!/usr/bin/env node
/**
 * The command of the package: the server on Node, with the flags of the official server's CLI. It is
 * compiled (buildPackage.ts), because Node strips no types below node_modules.
 */
import { networkInterfaces } from 'node:os';
import { createPeerServer } from '../src/createPeerServer.ts';
import { serve } from './command/serve.ts';
import { startOnNode } from './node/startOnNode.ts';

await serve({
  name: 'durable-peerjs-server',
  host: { address: everyAddress(), name: '--host' },
  start: (options) => startOnNode(createPeerServer, options),
  // The official server's sentence, which scripts wait for.
  greeting: ({ host, path }, port) => `Started PeerServer on ${host}, port: ${port}, path: ${path}`,
});

/** As the official server: on IPv4 and, if the machine has it, on IPv6. */
function everyAddress(): string {
  const addresses = Object.values(networkInterfaces()).flat();
  return addresses.some((address) => address?.family === 'IPv6') ? '::' : '0.0.0.0';
}
