import { parseArgs } from 'node:util';
import { CommandLineError } from '../CommandLineError.ts';

export const USAGE = `npm run smoke -- https://host [options]

  Tries a running server, on this machine or deployed, as games use it. It uses random names and
  leaves nothing behind. The exit status is 1 if a check fails.

  --token TOKEN     the server's ADMIN_TOKEN: checks also what it counts, and that a room sleeps and wakes
  --key KEY         the server's PEERJS_KEY, if it is not the default
  --origin ORIGIN   a page's origin that ALLOWED_ORIGINS allows
  --wait SECONDS    waits so long for the server to answer with the version of this clone; 10 by default
  --help

  In place of --token and --key, ADMIN_TOKEN and PEERJS_KEY may be environment variables, which no list of
  processes shows. If tokens are signed with JWT_SECRET, that must be one, and JWT_AUDIENCE and JWT_ISSUER
  if the server has them. Without it, all that needs a token is skipped.

  Some checks fail, though nothing is wrong, where rooms have fewer than two seats, where LEAVE_GRACE_MS is
  a few seconds, where EXPIRE_TIMEOUT_MS is 0 or more than 90000, and where RATE_LIMIT_PER_SECOND is 1.
`;

/** The server to try, and what is known of its settings. */
export interface Target {
  /** Without a slash at its end, such as `https://peerjs.example.com` or `https://example.com/peer`. */
  readonly address: string;
  readonly key: string;
  readonly adminToken: string | undefined;
  /** How tokens are signed, as far as it is known. */
  readonly jwt: JwtSettings | undefined;
  readonly pageOrigin: string | undefined;
}

interface JwtSettings {
  readonly secret: string;
  readonly audience: string | undefined;
  readonly issuer: string | undefined;
}

/** What the command is to do. */
export type Command =
  | { readonly kind: 'try'; readonly target: Target; readonly waitSeconds: number }
  | { readonly kind: 'help' };

/**
 * @param environment of the process. A variable that is empty counts as absent.
 * @throws {CommandLineError} for an option that does not exist, or a value that it cannot have.
 */
export function parseCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Command {
  const { values, positionals } = parse(args);
  if (values.help) return { kind: 'help' };
  const [address, ...others] = positionals;
  if (address === undefined || others.length > 0) {
    throw new CommandLineError(
      'Name one server, such as https://peerjs-server.your-name.workers.dev. --help lists the options.',
    );
  }
  const waitSeconds = Number(values.wait ?? 10);
  if (!(waitSeconds >= 0 && waitSeconds <= 3600)) {
    throw new CommandLineError('--wait must be a number of seconds from 0 to 3600.');
  }
  return {
    kind: 'try',
    waitSeconds,
    target: {
      address: parseAddress(address),
      key: values.key ?? (environment.PEERJS_KEY || 'peerjs'),
      adminToken: values.token ?? (environment.ADMIN_TOKEN || undefined),
      jwt: jwtSettings(environment),
      pageOrigin: values.origin,
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        token: { type: 'string' },
        key: { type: 'string' },
        origin: { type: 'string' },
        wait: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new CommandLineError(error instanceof Error ? error.message : String(error));
  }
}

function jwtSettings(
  environment: Readonly<Record<string, string | undefined>>,
): JwtSettings | undefined {
  const { JWT_SECRET: secret, JWT_AUDIENCE: audience, JWT_ISSUER: issuer } = environment;
  if (!secret) return undefined;
  return { secret, audience: audience || undefined, issuer: issuer || undefined };
}

function parseAddress(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CommandLineError(`${text} is no address that starts with https:// or http://.`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
