import { bundleServer } from '../../selfhost/node/bundleServer.ts';
import { bundleWorker } from '../../selfhost/workerd/bundleWorker.ts';

/** Bundles what both runtimes run before any test starts it, so that none of them pays for it. */
export default async function bundleOnce(): Promise<void> {
  await bundleWorker();
  await bundleServer();
}
