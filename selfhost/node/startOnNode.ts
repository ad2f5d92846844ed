import type { createPeerServer } from '../../src/createPeerServer.ts';
import { openFilesLimit } from '../../src/node/openFiles.ts';
import { explainListenError } from '../command/listenAddress.ts';
import type { Options } from '../command/readOptions.ts';
import type { Served } from '../command/serve.ts';
import { warnIfFewDescriptors } from '../command/warnIfFewDescriptors.ts';

/**
 * Serves in this process.
 *
 * @param create is handed in: a clone loads it from a bundle, and the package has it built in.
 * @throws an Error with a sentence for a person.
 */
export async function startOnNode(
  create: typeof createPeerServer,
  { environment: settings, path, tls, ...address }: Options,
): Promise<Served> {
  const server = create({ settings, path, ...(tls && { tls }) });
  let port: number;
  try {
    ({ port } = await server.listen(address.port, address.host));
  } catch (error) {
    throw new Error(explainListenError(error as NodeJS.ErrnoException, address), { cause: error });
  }
  warnIfFewDescriptors(openFilesLimit(), 1);
  let stopped = () => {};
  const ended = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  return { port, ended, stop: () => void server.close().then(stopped) };
}
