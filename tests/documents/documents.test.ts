import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { isErrorReason, REFUSAL_REASONS, refusalSentence } from '../../src/protocol/refusals.ts';
import { ROOM_ERROR_TYPES, ROOM_REFUSALS } from '../../src/protocol/roomRefusals.ts';
import { SETTINGS } from '../../src/settings.ts';
import { stories } from '../stories/stories.ts';
import { NO_ROOMS } from '../stories/world.ts';
import {
  brokenLinks,
  clientErrors,
  codeBlocks,
  DOCUMENTS,
  missingFiles,
  read,
  SECRET_NAMES,
  table,
} from '../support/documents.ts';

const isTest = (path: string) => path.endsWith('.test.ts');

const { scripts, homepage } = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  homepage: string;
};
const repository = homepage.replace('#readme', '');

describe('the settings', () => {
  /** The rows of the table, as a reader sees them. */
  const rows = () =>
    table('docs/settings.md', 'setting').map((row) => row.map((cell) => cell.replaceAll('`', '')));

  it('stand in docs/settings.md in the order of the code, with its defaults and what it allows', () => {
    expect(rows().map((row) => row.slice(0, 3))).toEqual(
      Object.entries(SETTINGS).map(([name, { default: value, expected }]) => [
        name,
        value,
        expected.replace('a whole number from ', ''),
      ]),
    );
  });

  it('are said to be secret there where they are', () => {
    const said = rows().filter((row) => row.at(-1)?.startsWith('a secret:'));
    expect(said.map(([name]) => name)).toEqual(SECRET_NAMES);
  });
});

it('docs/operations.md lists every event of the log, and no other', () => {
  const sources = globSync('{src,selfhost}/**/*.ts', { cwd: PROJECT_ROOT, exclude: isTest });
  const logged = sources.flatMap((path) =>
    [
      ...read(path).matchAll(
        /\.(?:debug|info|warn|error)\('([\w.-]+)'|readonly event: '([\w.]+)'/g,
      ),
    ].map(([, name, ofRoom]) => name ?? ofRoom),
  );
  const [, section = ''] = read('docs/operations.md').split('\n## Logs\n');
  const [list = ''] = section.split('\n## ');
  // The names stand before the level and the colon.
  const listed = [...list.matchAll(/^- ([^:(\n]+)/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/`([\w.-]+)`/g)].map(([, name]) => name),
  );
  expect(listed.toSorted()).toEqual([...new Set(logged)].toSorted());
});

it('the documents that an operator reads have at most 12,000 words together', () => {
  const paths = [
    'README.md',
    ...[
      'architecture',
      'authentication',
      'capacity-and-cost',
      'deploy',
      'ice-servers',
      'operations',
      'performance',
      'protocol',
    ].map((name) => `docs/${name}.md`),
  ];
  // As `wc -w` counts them.
  const words = paths.flatMap((path) => read(path).split(/\s+/).filter(Boolean));
  expect(words.length, 'shorten where you add').toBeLessThanOrEqual(12_000);
});

it('docs/rooms.md has every reason to refuse a request, once', () => {
  const [, section = ''] = read('docs/rooms.md').split('The types by status:');
  const [list = ''] = section.split('\n## ');
  const types = [...list.matchAll(/`([a-z]+(?:-[a-z]+)+|banned)`/g)].map(([, type]) => type);
  expect(types.toSorted()).toEqual(ROOM_ERROR_TYPES.toSorted());
});

describe('docs/make-a-game.md', () => {
  const kinds = [...read('client/RoomError.ts').matchAll(/\| '([a-z-]+)'/g)].map(
    ([, type]) => type,
  );

  it('says of every error of the kit what to do', () => {
    const told = table('docs/make-a-game.md', 'type').flatMap(([types = '']) =>
      [...types.matchAll(/`([a-z-]+)`/g)].map(([, type]) => type),
    );
    expect(told.toSorted()).toEqual(kinds.toSorted());
  });

  it('and so of every reason of the server', () => {
    const reasons = [...ROOM_REFUSALS, ...REFUSAL_REASONS.filter(isErrorReason)];
    expect(kinds).toEqual(expect.arrayContaining([...reasons]));
  });
});

it('docs/protocol.md has every reason for an ERROR, with the beginning of its sentence', () => {
  // Why a socket gets no seat is said by HTTP too, so that docs/rooms.md has it.
  const [, ofSeats = ''] = /`&ask=SEAT`\*\* .*: (.*)/.exec(read('docs/protocol.md')) ?? [];
  const elsewhere = [...ofSeats.matchAll(/`([a-z-]+)`/g)].map(([, reason]) => reason);
  expect(ROOM_REFUSALS).toEqual(expect.arrayContaining(elsewhere));
  const reasons = REFUSAL_REASONS.filter(isErrorReason).filter(
    (reason) => reason !== 'id-taken' && (reason === 'room-full' || !elsewhere.includes(reason)),
  );
  const shown = new Map(
    clientErrors().flatMap(({ reason, message }) =>
      reason === undefined ? [] : [[reason, message.replace(' …', '')] as const],
    ),
  );
  expect([...shown.keys()].toSorted()).toEqual(reasons.toSorted());
  for (const reason of reasons) {
    expect(refusalSentence(reason).startsWith(shown.get(reason) ?? '-'), reason).toBe(true);
  }
});

it('docs/protocol.md lists the stories in which the two servers differ, and why', () => {
  const [, list = ''] = read('docs/protocol.md').split('## Deliberate differences');
  const listed = list.split('\n').filter((line) => line.startsWith('- '));
  const told = stories.filter((story) => story.difference !== undefined);
  expect(listed).toEqual(
    told.map(({ name, difference }) =>
      difference === NO_ROOMS ? `- ${name}` : `- ${name}: ${difference}`,
    ),
  );
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
    if (program === 'git') expect(command).toBe(`git clone ${repository}`);
    else if (program === 'cd') expect(verb).toBe(repository.split('/').at(-1));
    else if (program === 'npx')
      expect(command).toMatch(/^npx wrangler (login|secret put [A-Z_]+)$/);
    else if (verb === 'run') expect(scripts).toHaveProperty([rest[0] ?? '']);
    else if (verb === 'install') expect(rest).toEqual([]);
    else {
      expect(program).toBe('npm');
      expect(scripts).toHaveProperty([verb]);
    }
  });
});
