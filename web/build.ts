/**
 * Builds the files that the Worker serves.
 *
 * The pages: `web/<page>/` becomes one HTML text with a script and a style sheet whose names
 * contain a hash of their content. All of it goes into one module, build/web/pages.js, which the
 * Worker imports, so a deployed and a self-hosted Worker serve the same pages.
 *
 * The client kit: client.js for pages that bring PeerJS themselves, and client.bundle.js with PeerJS in
 * it, in build/web/client.js.
 *
 * The examples, in build/web/examples.js: the pages as they are, and what they load from beside them
 * bundled.
 *
 * The references: docs/openapi.yaml and docs/asyncapi.yaml, as they are, in
 * build/web/references.js.
 *
 * wrangler runs this before each bundle (`build.command` in wrangler.jsonc), vitest before its
 * tests.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type OutputFile, type Plugin } from 'esbuild';

const CLIENT = fileURLToPath(new URL('../client/', import.meta.url));
const WEB = fileURLToPath(new URL('.', import.meta.url));
const DOCS = fileURLToPath(new URL('../docs/', import.meta.url));
const EXAMPLES = fileURLToPath(new URL('../examples/', import.meta.url));
const OUTPUT = fileURLToPath(new URL('../build/web/', import.meta.url));

/** The folders of the pages, with the title and the description that a link to each shows. */
const PAGES = {
  check: {
    title: 'Connection check · PeerJS server',
    description: 'Tests whether games can connect players from this network.',
  },
  demo: {
    title: 'Demo room · PeerJS server',
    description: 'A room to try with friends: each sees the cursors of the others.',
  },
  examples: {
    title: 'Examples · PeerJS server',
    description: 'Small games to play with friends, and to read.',
  },
  dashboard: {
    title: 'Dashboard · PeerJS server',
    description: 'What this PeerJS server is doing.',
  },
};

/** How every script and style sheet is built. */
const ASSETS = {
  absWorkingDir: WEB,
  outdir: 'assets',
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  legalComments: 'none',
  write: false,
  metafile: true,
} as const satisfies BuildOptions;

const MEDIA_TYPES = new Map([
  ['js', 'text/javascript; charset=utf-8'],
  ['css', 'text/css; charset=utf-8'],
]);

/**
 * Builds all pages into build/web/pages.js.
 *
 * @returns the source files of the pages, including those of libraries.
 */
async function buildPages(): Promise<string[]> {
  const [scripts, fallback] = await Promise.all([
    build({
      ...ASSETS,
      entryPoints: Object.keys(PAGES).map((page) => ({ in: `${page}/main.ts`, out: page })),
      chunkNames: 'shared-[hash]',
      // Pages that use the same library share one file.
      splitting: true,
      format: 'esm',
      target: 'es2022',
    }),
    // In a browser that is too old for the others, this one still runs.
    build({ ...ASSETS, entryPoints: ['shared/fallback.ts'], format: 'iife', target: 'es2015' }),
  ]);
  const { metafile } = scripts;

  const assets = assetsOf([...scripts.outputFiles, ...fallback.outputFiles]);

  const layout = await readFile(join(WEB, 'layout.html'), 'utf8');
  const pages: Record<string, { html: string; hash: string }> = {};
  for (const [page, words] of Object.entries(PAGES)) {
    const [script, output] =
      Object.entries(metafile.outputs).find(
        ([, { entryPoint }]) => entryPoint === `${page}/main.ts`,
      ) ?? [];
    if (script === undefined || output?.cssBundle === undefined) {
      throw new Error(`web/${page}/main.ts must exist and import a style sheet`);
    }
    const html = fill(layout, {
      ...words,
      style: `assets/${basename(output.cssBundle)}`,
      script: `assets/${basename(script)}`,
      fallback: `assets/${basename(Object.keys(fallback.metafile.outputs)[0] ?? '')}`,
      preloads: output.imports
        .map(({ path }) => `<link rel="modulepreload" href="assets/${basename(path)}">`)
        .join('\n'),
      content: await readFile(join(WEB, page, 'content.html'), 'utf8'),
    }).replace(`<a href="${page === 'check' ? './' : page}">`, (link) =>
      link.replace('>', ' aria-current="page">'),
    );
    pages[page] = { html, hash: hashOf(html) };
  }

  await writeModule('pages.js', { pages, assets });
  return [...sourcesOf(metafile, WEB), ...sourcesOf(fallback.metafile, WEB)];
}

/** In one file nothing is loaded later: without this, esbuild packs each module for it, at 2 % of the kit. */
const AT_ONCE: Plugin = {
  name: 'at once',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\bclient\WloadRoom\.ts$/ }, () => ({
      contents: `import { Room } from './Room.ts'; export const loadRoom = async () => ({ Room });`,
      resolveDir: CLIENT,
    })),
};

/**
 * Builds the client kit into build/web/client.js.
 *
 * @returns its source files, including those of libraries.
 */
async function buildClient(): Promise<string[]> {
  const [plain, bundle] = await Promise.all([
    clientScript({ external: ['peerjs'] }),
    clientScript({ entryPoints: ['../web/clientBundle.ts'] }),
  ]);
  await writeModule('client.js', { plain: plain.script, bundle: bundle.script });
  return bundle.files;
}

/**
 * Makes one script of the client kit, in memory.
 *
 * @returns the script, and the source files that it is made of.
 */
export async function clientScript(options: BuildOptions = {}) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: CLIENT,
    entryPoints: ['index.ts'],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    plugins: [AT_ONCE],
    ...options,
    write: false,
    metafile: true,
  });
  const body = outputFiles[0]?.text ?? '';
  return {
    script: { body, hash: hashOf(body) },
    files: sourcesOf(metafile, CLIENT),
  };
}

/**
 * Builds all that the server serves.
 *
 * @returns the source files that are bundled in it, including those of libraries.
 */
export async function buildAll(): Promise<string[]> {
  const [files] = await Promise.all([
    Promise.all([buildPages(), buildClient(), buildExamples()]),
    buildReferences(),
  ]);
  return files.flat();
}

/**
 * Builds the examples into build/web/examples.js. Each is one page with its script and its own style in
 * it, to be read and copied, whose hashes let the page's policy allow them and nothing else. What a page
 * loads from beside it is bundled, as a bundler does that reads the page.
 *
 * @returns the source files of the bundles, including those of libraries.
 */
async function buildExamples(): Promise<string[]> {
  const files = await readdir(EXAMPLES);
  const isPage = (file: string) => file.endsWith('.html');
  const { outputFiles, metafile } = await build({
    ...ASSETS,
    absWorkingDir: EXAMPLES,
    entryPoints: files.filter((file) => !isPage(file)),
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    // The package is not installed here.
    alias: {
      'durable-peerjs-server/client': join(CLIENT, 'index.ts'),
      'durable-peerjs-server/client/react': join(CLIENT, 'react.ts'),
    },
  });
  const addresses = Object.entries(metafile.outputs).map(
    ([output, { entryPoint }]) => [`"${entryPoint}"`, `"../assets/${basename(output)}"`] as const,
  );

  const examples: Record<string, object> = {};
  for (const file of files.filter(isPage)) {
    const source = await readFile(join(EXAMPLES, file), 'utf8');
    const html = addresses.reduce((text, [from, to]) => text.replace(from, to), source);
    examples[basename(file, '.html')] = {
      html,
      hash: hashOf(html),
      script: policyHash(html, 'script'),
      style: policyHash(html, 'style'),
    };
  }
  await writeModule('examples.js', { examples, exampleAssets: assetsOf(outputFiles) });
  return sourcesOf(metafile, EXAMPLES);
}

/** How a page's policy names the script or the style sheet in it. Empty if it has none. */
function policyHash(html: string, tag: 'script' | 'style'): string {
  const text = new RegExp(`<${tag}[^>]*>([^]*?)</${tag}>`).exec(html)?.[1] ?? '';
  return text && ` 'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Writes the references into build/web/references.js. */
async function buildReferences(): Promise<void> {
  const [openapi, asyncapi] = await Promise.all(
    ['openapi.yaml', 'asyncapi.yaml'].map((file) => readFile(join(DOCS, file), 'utf8')),
  );
  await writeModule('references.js', { openapi, asyncapi });
}

/** What esbuild has made, as it is served. */
function assetsOf(outputs: readonly OutputFile[]): Record<string, { type: string; body: string }> {
  return Object.fromEntries(
    outputs.map(({ path, text }) => {
      const type = MEDIA_TYPES.get(path.split('.').at(-1) ?? '');
      if (type === undefined) throw new Error(`No media type is known for ${path}`);
      return [basename(path), { type, body: text }];
    }),
  );
}

/** All files that went into a bundle. */
function sourcesOf({ inputs }: Metafile, folder: string): string[] {
  return Object.keys(inputs).map((file) => join(folder, file));
}

/** Writes another file and renames it, so that a bundler never reads half of it. */
async function writeModule(name: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const file = join(OUTPUT, name);
  const draft = `${file}.${process.pid}`;
  await mkdir(OUTPUT, { recursive: true });
  await writeFile(
    draft,
    Object.entries(values)
      .map(([key, value]) => `export const ${key} = ${JSON.stringify(value)};\n`)
      .join(''),
  );
  await rename(draft, file);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Replaces `{{name}}` by its value. The Worker replaces the names that are left. */
function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(
    /\{\{(\w+)\}\}/g,
    (placeholder, name: string) => values[name] ?? placeholder,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAll();
