import { buildAll } from '../../web/build.ts';

/** Builds the pages and the references, which the Worker imports, before any test loads it from its sources. */
export default async function buildPagesOnce(): Promise<void> {
  await buildAll();
}
