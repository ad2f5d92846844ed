#!/usr/bin/env node
/**
 * The command of the package: the self-hosted server with the flags of the official server's CLI.
 * It is compiled (buildPackage.ts), because Node strips no types below node_modules.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { parsePeerPath } from '../src/protocol/peerPath.ts';
import { type CommandLine, parseCommandLine } from './commandLine.ts';
import { PROJECT_ROOT } from './projectRoot.ts';
import { readPort, serve } from './serve.ts';
import type { ServerOptions } from './startServer.ts';
import type { KeyPair } from './workerdConfig.ts';

const { env } = process;
let path = '/';
let host: string;

await serve(
  async (): Promise<ServerOptions> => {
    const flags = parseCommandLine(process.argv.slice(2), packageJson.version);
    path = readPath(flags.path ?? env.PEERSERVER_PATH ?? '/');
    host = flags.host ?? everyAddress();
    return {
      host,
      port:
        flags.port === undefined
          ? readPort('PORT', env.PORT || '9000')
          : readPort('--port', flags.port),
      environment: { ...env, ...flags.settings },
      bundle: join(PROJECT_ROOT, 'dist', 'worker'),
      ...(flags.ssl === undefined ? {} : { tls: await readKeyPair(flags.ssl) }),
    };
  },
  // The official server's words, which scripts wait for.
  ({ port }) => console.log('Started PeerServer on %s, port: %s, path: %s', host, port, path),
);

/** Any path works, without being told. It is checked so that a mistake shows here and not in a client. */
function readPath(path: string): string {
  const place = parsePeerPath(path);
  if (place === undefined) throw new Error(`--path ${path} is not a path where peers can meet.`);
  if (place.kind === 'room') {
    console.warn(
      `${path} is a room, which holds few peers. Any path that is not /room/<name> is open.`,
    );
  }
  return path;
}

/** As the official server listens: on IPv4 and IPv6, where there is IPv6. */
function everyAddress(): string {
  const addresses = Object.values(networkInterfaces()).flat();
  return addresses.some((address) => address?.family === 'IPv6') ? '::' : '0.0.0.0';
}

async function readKeyPair(files: NonNullable<CommandLine['ssl']>): Promise<KeyPair> {
  const key = await readPem('--sslkey', files.key);
  const certificate = await readPem('--sslcert', files.certificate);
  let doMatch: boolean;
  try {
    doMatch = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new Error(
      '--sslkey or --sslcert is not a key or certificate in PEM, without a passphrase.',
      { cause: error },
    );
  }
  if (!doMatch) throw new Error('The certificate of --sslcert is for another key than --sslkey.');
  return { key, certificate };
}

async function readPem(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`${flag}: ${file} cannot be read.`, { cause: error });
  }
}
