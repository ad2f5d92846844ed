import { readFile, writeFile } from 'node:fs/promises';

/**
 * Puts a table into a document, between two comments.
 *
 * @throws if the document has no place for it.
 */
export async function putTable(
  document: string,
  table: string,
  { start, end }: { readonly start: string; readonly end: string },
): Promise<void> {
  const text = await readFile(document, 'utf8');
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from === -1 || to === -1) throw new Error(`${document} has no place for the table`);
  const before = text.slice(0, from + start.length);
  await writeFile(document, `${before}\n${table}\n${text.slice(to)}`);
}
