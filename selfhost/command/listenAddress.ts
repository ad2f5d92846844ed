import { once } from 'node:events';
import { createServer, isIPv6 } from 'node:net';

/** Where a server listens, and for messages the flag or the variable that says so. */
export interface ListenAddress {
  readonly host: string;
  /** 0 lets the system choose one. */
  readonly port: number;
  /** By default `host` and `port`. */
  readonly names?: { readonly host: string; readonly port: string };
}

/** Ports below this one are for root, unless the system is configured otherwise. */
const FIRST_FREE_PORT = 1024;

/** An address as a URL has it: `127.0.0.1:9000`, `[::]:9000`. */
export function formatAddress({ host, port }: ListenAddress): string {
  return `${formatHost(host)}:${port}`;
}

function formatHost(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

/** Whether only this machine itself can reach a server that listens on this host. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}

/**
 * Tries to listen on an address, since workerd does not say clearly why it cannot.
 *
 * @throws an Error with a sentence for a person.
 */
export async function checkCanListen(address: ListenAddress): Promise<void> {
  const probe = createServer();
  try {
    probe.listen(address.port, address.host);
    await once(probe, 'listening');
  } catch (error) {
    throw new Error(explainListenError(error as NodeJS.ErrnoException, address), { cause: error });
  }
  probe.close();
  await once(probe, 'close');
}

/** Says why listening on an address failed, and what to do. */
export function explainListenError(
  { code }: Pick<NodeJS.ErrnoException, 'code'>,
  address: ListenAddress,
): string {
  const { host, port, names = { host: 'host', port: 'port' } } = address;
  switch (code) {
    case 'EADDRINUSE':
      return `${names.port} ${port} is already in use on ${formatHost(host)}: choose another one.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${names.host} ${host} is no address of this machine. Choose one that is, or 0.0.0.0 for all.`;
    case 'EACCES':
      return port < FIRST_FREE_PORT
        ? `${names.port} ${port}: this user may not listen on ${formatAddress(address)}. Ports under ${FIRST_FREE_PORT} are for root: choose a higher one with a proxy before it, or allow it (CAP_NET_BIND_SERVICE).`
        : `${names.port} ${port}: the system does not allow listening on ${formatAddress(address)}. Choose another one.`;
    default:
      return `Cannot listen on ${formatAddress(address)} (${code}): see ${names.host} and ${names.port}.`;
  }
}
