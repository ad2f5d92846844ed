import { globSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../selfhost/projectRoot.ts';
import { read } from '../tests/support/documents.ts';

/** What each part of src may import of the others: the arrows of the drawing in docs/architecture.md. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  index: ['routes', 'durable-objects'],
  createPeerServer: ['routes', 'handlers', 'admission', 'node', 'protocol', 'log', 'settings'],
  routes: ['handlers', 'room', 'protocol', 'log', 'settings'],
  handlers: ['admission', 'games', 'room', 'metrics', 'ice', 'protocol', 'log', 'time', 'settings'],
  admission: ['games', 'room', 'protocol', 'log', 'time', 'settings'],
  'durable-objects': ['games', 'room', 'metrics', 'protocol', 'log', 'time', 'settings'],
  node: ['games', 'room', 'metrics', 'protocol', 'log', 'settings'],
  room: ['metrics', 'protocol', 'log', 'time', 'settings'],
  games: ['room', 'protocol'],
  metrics: ['protocol'],
  ice: ['time'],
  settings: ['log'],
  log: ['time'],
  time: [],
  protocol: [],
};

/** Each file of src, and what it imports of src, types included. */
const IMPORTS = new Map(
  globSync('src/**/*.ts', { cwd: PROJECT_ROOT })
    // Windows separates by a backslash.
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !file.endsWith('.d.ts') && !file.endsWith('.test.ts'))
    .map((file) => [file, importsOf(file)] as const),
);

function importsOf(file: string): string[] {
  const specifiers = [...read(file).matchAll(/(?:from|import\() ?'(\.[^']+)'/g)];
  return specifiers
    .map(([, specifier = '']) => join(dirname(file), specifier))
    .filter((imported) => imported.startsWith('src/'));
}

/** `handlers` for src/handlers/health.ts, and `settings` for src/settings.ts and src/settings/*.ts. */
function partOf(file: string): string {
  return file.split('/')[1]?.replace(/\.ts$/, '') ?? '';
}

describe('src', () => {
  it('has the parts of the drawing, and no others', () => {
    const parts = [...new Set([...IMPORTS.keys()].map(partOf))].sort();
    expect(parts).toEqual(Object.keys(ARROWS).sort());
    const drawing = read('docs/images/modules-light.svg');
    const drawn = [...drawing.matchAll(/<text class="name"[^>]*>([^<]+)</g)].map(
      ([, it = '']) => it,
    );
    const [, others = ''] = /used where needed: ([^<]+)</.exec(drawing) ?? [];
    expect([...drawn, ...others.split(', ')].map((it) => it.replace(/\.ts$/, '')).sort()).toEqual(
      parts,
    );
  });

  it.each(Object.keys(ARROWS))('%s imports nothing but what is below it', (part) => {
    const others = [...IMPORTS]
      .filter(([file]) => partOf(file) === part)
      .flatMap(([, imports]) => imports.map(partOf))
      .filter((imported) => imported !== part);
    expect(others.filter((imported) => !ARROWS[part]?.includes(imported))).toEqual([]);
  });

  it('has no circle of parts in the drawing', () => {
    expect(circlesIn(new Map(Object.entries(ARROWS)))).toEqual([]);
  });

  it('has no circle of files', () => {
    expect(circlesIn(IMPORTS)).toEqual([]);
  });

  it('is found with the files that it imports', () => {
    expect(IMPORTS.size).toBeGreaterThan(40);
    for (const imported of [...IMPORTS.values()].flat()) expect(IMPORTS.has(imported)).toBe(true);
  });
});

it('a circle is found where there is one', () => {
  const graph = { a: ['b', 'c'], b: ['c'], c: ['d'], d: ['b'] };
  expect(circlesIn(new Map(Object.entries(graph)))).toEqual(['b → c → d → b']);
});

/** The circles that a walk from each node meets. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const finished = new Set<string>();
  const walk = (node: string, way: readonly string[]) => {
    if (finished.has(node)) return;
    const start = way.indexOf(node);
    if (start >= 0) {
      circles.push([...way.slice(start), node].join(' → '));
      return;
    }
    for (const next of graph.get(node) ?? []) walk(next, [...way, node]);
    finished.add(node);
  };
  for (const node of graph.keys()) walk(node, []);
  return circles;
}
