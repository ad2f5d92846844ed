import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { useServer } from '../support/servers.ts';

const origin = useServer();

it.each(['openapi.yaml', 'asyncapi.yaml'])('serves /%s as it stands in docs', async (file) => {
  const response = await fetch(`${origin()}/${file}`);
  expect(response.headers.get('Content-Type')).toBe('application/yaml');
  expect(await response.text()).toBe(await readFile(join(PROJECT_ROOT, 'docs', file), 'utf8'));
});
