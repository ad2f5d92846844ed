import type { ListenAddress } from './command/listenAddress.ts';

/** How a server of this machine starts: on workerd or on Node. */
export interface ServerOptions extends ListenAddress {
  /** A path below which the pages and the rest of HTTP are, too. By default only at the top. */
  readonly path?: string;
  /** Settings by their names. Those that are not here come from wrangler.jsonc. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the log goes; a number is a file descriptor. By default this process's own output. */
  readonly output?: 'inherit' | 'ignore' | number;
  /** Whether V8's inspector listens too, on a port of the system's choice. It has no password. */
  readonly inspect?: boolean;
  /** Serves HTTPS, and nothing else. By default HTTP. */
  readonly tls?: KeyPair;
  /** The folder of a Worker bundled before. By default it is bundled now, if it has changed. */
  readonly bundle?: string;
  /** `host:port` of an HTTP proxy for the Worker's own requests, for tests. By default the network. */
  readonly outbound?: string;
}

/** What TLS needs, in PEM, by the names that Node has for it. */
export interface KeyPair {
  readonly key: string;
  /** With those that lead from it to a certificate that clients trust. */
  readonly cert: string;
}
