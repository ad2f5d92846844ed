import { parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { SECRET_NAMES, SETTING_NAMES } from '../../src/settings.ts';
import {
  brokenLinks,
  codeBlocks,
  DOCUMENTS,
  missingFiles,
  read,
  table,
} from '../support/documents.ts';

/** Settings of `npm start` alone, which the Worker never sees. */
const OF_NPM_START = ['HOST', 'PORT'];

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

describe('the settings', () => {
  const { vars } = parse(read('wrangler.jsonc')) as { vars: Readonly<Record<string, string>> };
  const rows = table('README.md', 'setting').map(([name = '', value = '', description = '']) => ({
    name: name.replaceAll('`', ''),
    value: value.replaceAll('`', ''),
    description,
  }));

  it('are those of the table in README.md', () => {
    const named = rows.map(({ name }) => name);
    expect(named.toSorted()).toEqual([...SETTING_NAMES, ...OF_NPM_START].toSorted());
  });

  // That these are the settings and defaults of the code is in config.test.ts.
  it('have the same default in README.md as in wrangler.jsonc', () => {
    const defaults = rows.filter(({ name }) => name in vars).map((row) => [row.name, row.value]);
    expect(Object.fromEntries(defaults)).toEqual(vars);
  });

  it('are said to be secret where they are', () => {
    const said = rows.filter(({ description }) => description.startsWith('a secret'));
    expect(said.map(({ name }) => name).toSorted()).toEqual(SECRET_NAMES.toSorted());
  });
});

describe.each(DOCUMENTS)('%s', (document) => {
  it('has no link that leads nowhere', () => expect(brokenLinks(document)).toEqual([]));

  it('names no file that is not there', () => {
    expect(missingFiles(document)).toEqual([]);
  });

  it('has JSON that can be read', () => {
    for (const block of codeBlocks(document, 'json')) expect(() => JSON.parse(block)).not.toThrow();
  });

  it('names scripts of npm that there are', () => {
    const text = read(document);
    const named = [
      ...[...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, script = '']) => script),
      ...[...text.matchAll(/\bnpm (start|test)\b/g)].map(([, script = '']) => script),
    ];
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });
});

describe('the commands of README.md', () => {
  const commands = codeBlocks('README.md', 'sh').flatMap((block) => block.split(/\n|&&/));

  it.each(commands.map((command) => command.trim()))('%s is one that there is', (command) => {
    const [program, verb = '', ...rest] = command.split(/\s+/);
    if (program === 'npx') expect(command).toMatch(/^npx wrangler (login|secret put [A-Z_]+)$/);
    else if (verb === 'run') expect(scripts).toHaveProperty([rest[0] ?? '']);
    else if (verb === 'install') expect(rest).toEqual([]);
    else {
      expect(program).toBe('npm');
      expect(scripts).toHaveProperty([verb]);
    }
  });
});
