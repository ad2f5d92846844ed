import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';

/** A file that a bundler has made of the kit. */
interface KitPart {
  readonly name: string;
  readonly text: string;
  /** The page loads it at once, and not when it first enters a room. */
  readonly isFirst: boolean;
}

/**
 * Bundles the kit for a game, in parts of which some are loaded later. The first is the game's own.
 *
 * @param game what the game does with the kit, such as `export { joinRoom } from './index.ts'`.
 * @param options.external what is left out.
 * @param options.resolveDir the folder of the game: that of the kit's sources where it is left out.
 */
export async function splitKit(
  game: string,
  { external = [] as string[], resolveDir = join(PROJECT_ROOT, 'client') } = {},
): Promise<KitPart[]> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: game, resolveDir, sourcefile: 'game.ts' },
    external,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    outdir: PROJECT_ROOT,
    absWorkingDir: PROJECT_ROOT,
    metafile: true,
    write: false,
  });
  const first = new Set(['stdin.js']);
  for (const file of first) {
    for (const { path, kind } of metafile.outputs[file]?.imports ?? []) {
      if (kind === 'import-statement') first.add(path);
    }
  }
  return outputFiles.map(({ path, text }) => {
    const name = basename(path);
    return { name, text, isFirst: first.has(name) };
  });
}
