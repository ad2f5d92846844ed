import yargs from 'yargs';
import { parseSettings, type SettingName } from '../../src/settings.ts';

/** What a command line asks for. */
export interface CommandLine {
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly path: string | undefined;
  /** Files in PEM, if HTTPS is wanted. */
  readonly ssl: { readonly key: string; readonly cert: string } | undefined;
  /** The settings that were given, by name. */
  readonly settings: Readonly<Partial<Record<SettingName, string>>>;
}

/** What to write after each flag that needs a value, for the error if it is missing. */
const NEEDED: Readonly<Record<string, string>> = {
  host: 'an address, such as 127.0.0.1',
  port: 'a number, such as 9000',
  path: 'a path, such as /myapp',
  key: 'a word, such as peerjs',
  concurrent_limit: 'a number, such as 5000',
  expire_timeout: 'a number of milliseconds, such as 5000',
  alive_timeout: 'a number of milliseconds, such as 90000',
  cors: 'an origin, such as https://game.example',
  sslkey: 'a file, such as key.pem',
  sslcert: 'a file, such as cert.pem',
};

/**
 * Reads a command line with the flags of the official server's CLI (`peer` 1.0.2), by the parser
 * that it uses. A flag that is not given leaves the setting to the environment or its default.
 *
 * @param args without the program's name.
 * @param program what `--help` and `--version` print.
 * @throws an Error with a sentence for a person. `--help` and `--version` end the process.
 */
export function parseCommandLine(
  args: readonly string[],
  program: { readonly name: string; readonly version: string; readonly defaultHost: string },
): CommandLine {
  // Each description fits beside its flag in 80 columns: yargs breaks longer ones inside a word.
  const text = { type: 'string' } as const;
  const parser = yargs([...args])
    .scriptName(program.name)
    .usage('$0: a PeerJS signaling server on this machine')
    .options({
      host: { ...text, alias: 'H', describe: `where to listen (default: ${program.defaultHost})` },
      port: { ...text, alias: 'p', describe: 'port (default: $PORT or 9000)' },
      path: { ...text, describe: 'the path of clients; any other works too' },
      key: { ...text, alias: 'k', describe: 'what clients must give (default: peerjs)' },
      concurrent_limit: { ...text, alias: 'c', describe: 'most peers at a path (default: 5000)' },
      expire_timeout: {
        ...text,
        alias: 't',
        describe: 'ms a message may wait (default: 5000)',
      },
      alive_timeout: {
        ...text,
        describe: 'ms a peer may be silent (default: 90000)',
      },
      allow_discovery: { type: 'boolean', describe: 'allow listing the peers of any path' },
      proxied: { type: 'boolean', describe: 'behind a proxy that sets X-Forwarded-For' },
      cors: { ...text, array: true, describe: 'origins of the pages that may connect' },
      sslkey: { ...text, describe: 'file with the private key, for HTTPS' },
      sslcert: { ...text, describe: 'file with the certificate chain, for HTTPS' },
    })
    .epilogue('Every other setting is an environment variable: see docs/settings.md.')
    .version(program.version)
    // All other text of the program is English too.
    .locale('en')
    .strict()
    .fail((message: string | null, error: Error | undefined) => {
      throw error ?? new Error(`${message}. --help lists the flags.`);
    });
  for (const arg of args) {
    // yargs would read any other value as false.
    const flag = /^--(?:no-)?(proxied|allow_discovery)=(?!(?:true|false)$)/.exec(arg)?.[1];
    if (flag === 'proxied') {
      throw new Error(
        '--proxied is true or false: set TRUST_PROXY to the number of several proxies.',
      );
    }
    if (flag !== undefined) throw new Error(`--${flag} is true or false.`);
  }
  const flags = parser.parseSync();

  for (const [flag, value] of Object.entries(flags)) {
    // A short name, whose long one is there too, or `_` for what is no flag.
    if (flag.length === 1) continue;
    const values = [value].flat();
    if (values.length > 1 && flag !== 'cors') throw new Error(`--${flag} was given twice.`);
    // No value would mean the default, and for --cors that lets everybody in.
    if (values.length === 0 || values.includes('')) {
      throw new Error(`--${flag} needs ${NEEDED[flag] ?? 'a value'}.`);
    }
  }

  const { sslkey, sslcert } = flags;
  if ((sslkey === undefined) !== (sslcert === undefined)) {
    throw new Error('HTTPS needs both: --sslkey and --sslcert.');
  }

  const settings: Partial<Record<SettingName, string>> = {};
  const set = (flag: string, setting: SettingName, value: string | undefined) => {
    if (value === undefined) return;
    try {
      parseSettings({ [setting]: value });
    } catch (error) {
      throw new Error(`--${flag}: ${(error as Error).message}`, { cause: error });
    }
    settings[setting] = value;
  };
  set('key', 'PEERJS_KEY', flags.key);
  set('concurrent_limit', 'REALM_CAPACITY', flags.concurrent_limit);
  set('expire_timeout', 'EXPIRE_TIMEOUT_MS', flags.expire_timeout);
  set('alive_timeout', 'ALIVE_TIMEOUT_MS', flags.alive_timeout);
  set('proxied', 'TRUST_PROXY', flags.proxied?.toString());
  set('cors', 'ALLOWED_ORIGINS', flags.cors?.join(','));
  const { allow_discovery: allowed } = flags;
  if (allowed !== undefined) set('allow_discovery', 'ALLOW_DISCOVERY', allowed ? 'all' : 'none');

  const ssl = sslkey && sslcert ? { key: sslkey, cert: sslcert } : undefined;
  return { host: flags.host, port: flags.port, path: flags.path, ssl, settings };
}
