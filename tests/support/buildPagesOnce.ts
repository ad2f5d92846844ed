import { buildPages } from '../../web/build.ts';

/** Builds the pages, which the Worker imports, before any test loads it from its sources. */
export default async function buildPagesOnce(): Promise<void> {
  await buildPages();
}
