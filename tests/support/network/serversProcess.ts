/**
 * Servers in a process of their own, for a place of a network: `node serversProcess.ts <settings of
 * each, as JSON>`. It tells its parent their ports, and ends with it.
 */
import { startNodeServer } from '../../../selfhost/node/startNodeServer.ts';
import type { RunningServer } from '../../../selfhost/workerd/startServer.ts';

const all: Record<string, string>[] = JSON.parse(process.argv[2] ?? '[]');
const servers: RunningServer[] = [];
// One after the other, as the first may have to bundle what all run.
for (const environment of all) {
  const options = { host: '0.0.0.0', port: 0, environment, output: 'ignore' } as const;
  servers.push(await startNodeServer(options));
}
process.on('disconnect', async () => {
  await Promise.all(servers.map((server) => server.stop()));
  process.exit();
});
process.send?.(servers.map(({ port }) => port));
