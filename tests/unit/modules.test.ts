import { globSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { read } from '../support/documents.ts';

/** What each folder of src may import of the others: the arrows in docs/architecture.md. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  index: ['handlers', 'durable-objects', 'config', 'lib'],
  handlers: ['durable-objects', 'room', 'metrics', 'ice', 'protocol', 'config', 'lib'],
  'durable-objects': ['room', 'metrics', 'protocol', 'config', 'lib'],
  ice: ['lib'],
  room: ['protocol', 'config'],
  metrics: ['protocol'],
  config: ['lib'],
  lib: ['config'],
  protocol: [],
};

it.each(Object.entries(ARROWS))('src/%s imports nothing but what is below it', (module, below) => {
  const files = globSync([`src/${module}.ts`, `src/${module}/**/*.ts`], { cwd: PROJECT_ROOT });
  expect(files).not.toEqual([]);
  const imported = files.flatMap((file) => {
    const paths = [...read(file).matchAll(/from '(\.[^']+)'/g)].map(([, path = '']) => path);
    return paths.map((path) => new URL(path, `file:///${file}`).pathname);
  });
  const modules = imported
    .map((path) => /^\/src\/([\w-]+)/.exec(path)?.[1])
    .filter((name) => name !== undefined && name !== module);
  expect([...new Set(modules)].filter((name) => !below.includes(name ?? ''))).toEqual([]);
});
