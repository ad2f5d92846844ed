import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { CommandLine } from './commandLine.ts';
import type { KeyPair } from './workerdConfig.ts';

/**
 * Reads the files of `--sslkey` and `--sslcert`.
 *
 * @throws an Error with a sentence for a person, if they are not a key and its certificate.
 */
export async function readKeyPair(files: NonNullable<CommandLine['ssl']>): Promise<KeyPair> {
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
