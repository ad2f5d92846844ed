/**
 * Servers in a process of their own, for a place of a network: `node serversProcess.ts <settings of
 * each, as JSON>`. It tells its parent their ports, and ends with it.
 */
import { startNodeServer } from '../../../selfhost/node/startNodeServer.ts';

const all: Record<string, string>[] = JSON.parse(process.argv[2] ?? '[]');
const servers = await Promise.all(
  all.map((environment) =>
    startNodeServer({ host: '0.0.0.0', port: 0, environment, output: 'ignore' }),
  ),
);
process.on('disconnect', async () => {
  await Promise.all(servers.map((server) => server.stop()));
  process.exit();
});
process.send?.(servers.map(({ port }) => port));
