import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import GithubSlugger from 'github-slugger';
import { lexer, type Token, type Tokens, walkTokens } from 'marked';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { SETTING_NAMES, SETTINGS } from '../../src/settings.ts';

/** The names of the settings that are secret. */
export const SECRET_NAMES = SETTING_NAMES.filter((name) => 'isSecret' in SETTINGS[name]);

/** The paths of all documents for people, from the root of the project. */
export const DOCUMENTS = globSync(['*.md', 'docs/**/*.md'], { cwd: PROJECT_ROOT }).sort();

/** The text of a file, by its path from the root of the project. */
export function read(path: string): string {
  return readFileSync(join(PROJECT_ROOT, path), 'utf8');
}

/** The code blocks of a document that are in one language, in order. */
export function codeBlocks(document: string, language: string): string[] {
  return tokensOf<Tokens.Code>(document, 'code')
    .filter(({ lang }) => lang === language)
    .map(({ text }) => text);
}

/** The rows of the table with this heading over its first column. */
export function table(document: string, heading: string): string[][] {
  const found = tokensOf<Tokens.Table>(document, 'table').find(
    ({ header }) => header[0]?.text === heading,
  );
  return (found?.rows ?? []).map((row) => row.map(({ text }) => text));
}

/** An error of the client, as docs/protocol.md lists it. */
interface ClientError {
  readonly type: string;
  /** `…` is any text. */
  readonly message: string;
  /** The `payload.type` of the server's ERROR. */
  readonly reason: string | undefined;
  /** What becomes of the `Peer`. */
  readonly state: string;
}

/** The errors under "What the client sees" in docs/protocol.md. */
export function clientErrors(): ClientError[] {
  const [, section = ''] = read('docs/protocol.md').split('\n## What the client sees\n');
  const [list = ''] = section.split('\n## ');
  let state = '';
  return list.split('\n').flatMap((line) => {
    if (!line.startsWith('- ')) state = /\*\*(\w+)\*\*/.exec(line)?.[1] ?? state;
    const found = /^- (?:`([\w-]+)`, )?\*\*(.+?)\*\*(?: \(`([\w-]+)`\))?: /.exec(line);
    if (found === null) return [];
    const [, type = 'server-error', message = '', reason] = found;
    return [{ type, message, reason, state }];
  });
}

/** The links of a document that lead nowhere, of those that stay in the project. */
export function brokenLinks(document: string): string[] {
  const targets = [
    ...tokensOf<Tokens.Link>(document, 'link').map(({ href }) => href),
    ...tokensOf<Tokens.Image>(document, 'image').map(({ href }) => href),
    ...picturesOf(document).flat(),
  ];
  return targets.filter((href) => !/^[a-z]+:/.test(href) && !leadsSomewhere(document, href));
}

/** The files of each `<picture>` of a document: for dark pages, and for all others. */
export function picturesOf(document: string): string[][] {
  return [...read(document).matchAll(/<picture>.*?<\/picture>/gs)].map(([picture]) =>
    [...picture.matchAll(/\b(?:srcset|src)="([^"]+)"/g)].map(([, file = '']) => file),
  );
}

/** The files that a document names, as a path from the root, that are not there. */
export function missingFiles(document: string): string[] {
  const named = read(document).matchAll(
    /(?<![\w./-])(?:\.github|bench|client|deploy|docs|examples|selfhost|src|tests|tools|web)\/[\w./-]*\w/g,
  );
  return [...named].map(([path]) => path).filter((path) => !existsSync(join(PROJECT_ROOT, path)));
}

function leadsSomewhere(document: string, href: string): boolean {
  const [path = '', anchor] = href.split('#');
  const target = path === '' ? document : relative('.', join(dirname(document), path));
  if (!existsSync(join(PROJECT_ROOT, target))) return false;
  return anchor === undefined || anchorsOf(target).includes(anchor);
}

/** The anchors that GitHub makes of the headings. */
function anchorsOf(document: string): string[] {
  const slugger = new GithubSlugger();
  return tokensOf<Tokens.Heading>(document, 'heading').map(({ tokens }) =>
    slugger.slug(plainText(tokens)),
  );
}

function plainText(tokens: readonly Token[]): string {
  return tokens
    .map((token) =>
      'tokens' in token ? plainText(token.tokens ?? []) : 'text' in token && token.text,
    )
    .join('');
}

function tokensOf<T extends Token>(document: string, type: T['type']): T[] {
  const found: T[] = [];
  walkTokens(lexer(read(document)), (token) => {
    if (token.type === type) found.push(token as T);
  });
  return found;
}
