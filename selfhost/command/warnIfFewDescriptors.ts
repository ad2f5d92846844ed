import { SETTINGS } from '../../src/settings.ts';

/** How many peers a realm may have by default. */
const PEERS = Number(SETTINGS.REALM_CAPACITY.default);

/**
 * Warns if the system lets the server open too few files.
 *
 * @param perPeer how many of them a peer takes.
 */
export function warnIfFewDescriptors(limit: number, perPeer: 1 | 2): void {
  if (limit >= PEERS * perPeer) return;
  console.warn(
    `The limit of file descriptors is ${limit}, and each peer takes ${perPeer === 1 ? 'one' : 'two'}: raise it with ulimit -n, or LimitNOFILE in systemd.`,
  );
}
