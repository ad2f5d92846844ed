import { bundleWorker } from '../../selfhost/bundleWorker.ts';

/** Bundles the Worker before any test starts it, so that none of them pays for it. */
export default async function bundleOnce(): Promise<void> {
  await bundleWorker();
}
