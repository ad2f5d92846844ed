/** The official server with its own defaults, in a process of its own. Prints where it listens. */
import type { AddressInfo } from 'node:net';
import { PeerServer } from 'peer';

PeerServer({ host: '127.0.0.1', port: 0, path: '/' }, (server) => {
  console.log(`listening on ${(server.address() as AddressInfo).port}`);
});
