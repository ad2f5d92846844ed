/**
 * Servers for a place of a network, in one process: `node serversProcess.ts <settings of each, as JSON>`.
 * It tells its parent their ports, and ends with it.
 */
import { loadBundle } from '../../../selfhost/node/bundleServer.ts';

const all: Record<string, string>[] = JSON.parse(process.argv[2] ?? '[]');
const { createPeerServer } = await loadBundle();
const listening = all.map((settings) => createPeerServer({ settings }).listen(0, '0.0.0.0'));
process.on('disconnect', () => process.exit());
process.send?.((await Promise.all(listening)).map(({ port }) => port));
