import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parsePeerPath } from '../../src/protocol/peerPath.ts';
import { SettingsError } from '../../src/settings.ts';
import type { KeyPair, ServerOptions } from '../ServerOptions.ts';
import type { CommandLine } from './commandLine.ts';

/** What a command line and an environment ask for. */
export interface Options extends ServerOptions {
  /** What clients are told to use; any other path works too. */
  readonly path: string;
}

/**
 * Puts a command line and an environment together: a flag comes before a variable.
 *
 * @param host where to listen if no flag says so, and the variable that says it, if it was one.
 * @throws an Error with a sentence that names the flag or the variable.
 */
export async function readOptions(
  flags: CommandLine,
  environment: Readonly<Record<string, string | undefined>>,
  host: { readonly address: string; readonly name: string },
): Promise<Options> {
  const portName = flags.port !== undefined ? '--port' : environment.PORT ? 'PORT' : 'Port';
  return {
    path:
      flags.path === undefined
        ? readPath('PEERSERVER_PATH', environment.PEERSERVER_PATH ?? '/')
        : readPath('--path', flags.path),
    host: flags.host ?? host.address,
    port: readPort(portName, flags.port ?? (environment.PORT || '9000')),
    names: { host: flags.host === undefined ? host.name : '--host', port: portName },
    environment: { ...environment, ...flags.settings },
    ...(flags.ssl === undefined ? {} : { tls: await readKeyPair(flags.ssl) }),
  };
}

function readPort(name: string, text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new SettingsError(
      `${name} must be a whole number from 0 to 65535; it is ${JSON.stringify(text)}.`,
    );
  }
  return port;
}

/** Any path works, whatever this says. It is checked so that a mistake shows here and not in a client. */
function readPath(name: string, path: string): string {
  const peerPath = parsePeerPath(path);
  if (peerPath === undefined) {
    throw new Error(`${name} ${path} is not a path where peers can meet. Use one such as /myapp.`);
  }
  if (peerPath.kind === 'room') {
    console.warn(
      `${path} is a room, which holds few peers. Any path that is not /room/<name> is open.`,
    );
  }
  return path;
}

async function readKeyPair(files: NonNullable<CommandLine['ssl']>): Promise<KeyPair> {
  const key = await readPem('--sslkey', files.key);
  const cert = await readPem('--sslcert', files.cert);
  let doMatch: boolean;
  try {
    doMatch = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new Error(
      '--sslkey or --sslcert is not a key or certificate in PEM, without a passphrase.',
      { cause: error },
    );
  }
  if (!doMatch) throw new Error('The certificate of --sslcert is for another key than --sslkey.');
  return { key, cert };
}

async function readPem(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`${flag}: ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`, {
      cause: error,
    });
  }
}
