import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { ConfigError } from '../src/config.ts';

/** A value, and what it was given by, as messages name it: `--port 80`, `PORT=80`, `port 80`. */
export interface Given<T> {
  readonly value: T;
  readonly as: string;
}

/** As the official server listens: on IPv4 and IPv6, where there is IPv6. */
export function everyAddress(): string {
  const addresses = Object.values(networkInterfaces()).flat();
  return addresses.some((address) => address?.family === 'IPv6') ? '::' : '0.0.0.0';
}

/** Whether others than this machine reach an address. */
export function isReachableByOthers(host: string): boolean {
  return !/^(?:127\.[\d.]+|::1|localhost)$/i.test(host);
}

/** As it stands in a URL: `127.0.0.1:80`, `[::]:80`. */
export function formatAddress(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * Reads the number of a port.
 *
 * @param name what it was given by, for the message.
 * @throws {ConfigError} if it is none.
 */
export function readPort(name: string, text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new ConfigError(
      `${name} must be a whole number from 0 to 65535; it is ${JSON.stringify(text)}.`,
    );
  }
  return port;
}

/**
 * Says what is wrong with an address in a sentence, which workerd does not.
 *
 * @throws an Error if nobody can listen there.
 */
export async function checkIsFree(host: Given<string>, port: Given<number>): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Error(explain(error.code, host, port), { cause: error }));
    });
    probe.listen(port.value, host.value, () => probe.close(() => resolve()));
  });
}

/** Why nobody can listen at an address, in a sentence for a person. */
export function explain(
  code: string | undefined,
  host: Given<string>,
  port: Given<number>,
): string {
  switch (code) {
    case 'EADDRINUSE':
      return `${port.as} is already in use on ${host.value}. Choose another port.`;
    case 'EACCES':
      return `${port.as} is not allowed to this user (EACCES): ports under 1024 are kept for root. Choose a higher one, and let a proxy listen there.`;
    default:
      return `${host.as} is not an address of this machine: cannot listen on ${formatAddress(host.value, port.value)} (${code}).`;
  }
}
