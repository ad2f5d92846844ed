import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { darkened } from '../../tools/pictures/darkened.ts';
import { DOCUMENTS, picturesOf, read } from '../support/documents.ts';

const drawings = globSync('docs/images/*-light.svg', { cwd: PROJECT_ROOT });

describe.each(drawings)('%s', (drawing) => {
  it('has the same drawing for dark pages beside it: npm run pictures makes it', () => {
    expect(read(drawing.replace('-light.svg', '-dark.svg'))).toBe(darkened(read(drawing)));
  });
});

it('each picture of a document has one for dark pages and one for others, and says what it shows', () => {
  const pictures = DOCUMENTS.flatMap(picturesOf);
  for (const files of pictures) {
    expect(files).toEqual([
      expect.stringMatching(/-dark\.\w+$/),
      files[0]?.replace('-dark.', '-light.'),
    ]);
  }
  for (const document of DOCUMENTS) {
    for (const [image] of read(document).matchAll(/<img [^>]*>/g)) {
      expect(image).toMatch(/\balt="[^"]{10,}"/);
    }
  }
});

it('each picture is in a document', () => {
  const shown = DOCUMENTS.flatMap(picturesOf)
    .flat()
    .map((file) => file.split('/').at(-1));
  const files = globSync('*', { cwd: join(PROJECT_ROOT, 'docs', 'images') });
  expect([...new Set(shown)].toSorted()).toEqual(files.toSorted());
});
