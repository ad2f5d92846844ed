import { globSync } from 'node:fs';
import { expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { read } from '../../tests/support/documents.ts';
import { PROJECT_ROOT } from '../projectRoot.ts';

/**
 * What Node and the web have, and Node 20.0 has not, by nodejs.org/api. That of the language is held by
 * `lib` in tsconfig.package.json.
 */
const NEWER = [
  /\bURL\.parse\(/,
  /\bAbortSignal\.any\(/,
  /\bimport\.meta\.(dirname|filename|main)\b/,
  /\bimport\.meta\.resolve\(/,
  /\bnew (WebSocket|EventSource|CloseEvent|Storage|URLPattern)\(/,
  /\bnavigator\b/,
  /\bprocess\.(getBuiltinModule|loadEnvFile|features\.typescript|execve|finalization)\b/,
  /\b(styleText|parseEnv|getCallSites|zstdCompress\w*|crc32|partialDeepStrictEqual)\b/,
  /\bimport \{[^}]*\b(glob|globSync)\b[^}]*\} from 'node:fs/,
  /\bimport \{[^}]*\bhash\b[^}]*\} from 'node:crypto'/,
  /from 'node:(sqlite|sea|quic)'/,
];

const SHIPPED = globSync(
  ['src/**/*.ts', 'selfhost/cli.ts', 'selfhost/command/*.ts', 'selfhost/node/startOnNode.ts'],
  { cwd: PROJECT_ROOT },
).filter((file) => !file.endsWith('.test.ts'));

it('the package runs on the oldest Node that it allows: no source uses what that lacks', () => {
  expect(packageJson.engines.node).toBe('>=20');
  expect(SHIPPED.length).toBeGreaterThan(100);
  const found = SHIPPED.flatMap((file) => {
    const code = read(file.replaceAll('\\', '/')).replace(/^\s*(\/\/|\/?\*).*$/gm, '');
    return NEWER.filter((it) => it.test(code)).map((it) => `${file}: ${it}`);
  });
  expect(found).toEqual([]);
});
