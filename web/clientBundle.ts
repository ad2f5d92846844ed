/** For pages without a build: the kit, and the stock client that it stands on. */

export { Peer } from 'peerjs';
export * from '../client/index.ts';
