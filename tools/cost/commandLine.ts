import { parseArgs } from 'node:util';
import { CommandLineError } from '../CommandLineError.ts';
import type { Workload } from './model.ts';

export const USAGE = `npm run cost -- [options]

  What a workload uses in a day and costs in a month, on this server and on virtual machines.

  --rooms 1000           rooms in use at the same time
  --peers 4              peers in each
  --realm                one realm in place of rooms; --peers is how many are in it
  --shards 1             REALM_SHARDS
  --hours 24             hours of use in a day
  --session-hours 1      until a peer leaves and another one comes in its place
  --connections 1.5      made for each peer that joins; by default, in a room, the full mesh
  --messages 22          for each connection: offer, answer, candidates of both sides
  --lost 0.05            share of the sockets that are cut off; the others are closed
  --absent-calls 0.1     calls to somebody who is not there, for each peer that joins
  --no-metrics           with METRICS at off
  --invocation-logs      with observability.logs.invocation_logs at true in wrangler.jsonc

  --games 1000           so many games of four in an hour, with all that rooms can do
  --overview             what some workloads cost in a month, on this server and on others
  --polled-room          a room in which a peer calls another one again and again that is not there
  --markdown             puts the tables into docs/capacity-and-cost.md
  --help
`;

/** What the command is to do. */
export type Command =
  | { readonly kind: 'compute'; readonly workload: Workload }
  | { readonly kind: 'games'; readonly games: number; readonly workload: Workload }
  | {
      readonly kind: 'overview';
      readonly workloads: readonly { readonly name: string; readonly workload: Workload }[];
    }
  | { readonly kind: 'polled room' }
  | { readonly kind: 'markdown' }
  | { readonly kind: 'help' };

/** Messages for each connection by default, as many as in `npm run bench -- mesh`. */
const MESSAGES_PER_CONNECTION = 22;
/** Connections for each peer that joins a realm: as many as in a room of four. */
const CONNECTIONS_IN_REALM = 1.5;
/** Assumed: how often a network fails, or a player calls one who has left, depends on the game. */
const LOST_SHARE = 0.05;
const ABSENT_CALLS = 0.1;
/** What the overview computes, all day, with the options of each. */
const OVERVIEW = [
  ['1,000 rooms of four', '--rooms 1000'],
  ['100,000 rooms of four', '--rooms 100000'],
  ['a realm of a million peers', '--realm --peers 1000000 --shards 200'],
] as const;

/** @throws {CommandLineError} for an option that does not exist, or a value that it cannot have. */
export function parseCommandLine(args: readonly string[]): Command {
  const options = parse(args);
  if (options.help) return { kind: 'help' };
  if (options.overview) return { kind: 'overview', workloads: OVERVIEW.flatMap(named) };
  if (options['polled-room']) return { kind: 'polled room' };
  if (options.markdown) return { kind: 'markdown' };

  if (options.games !== undefined) {
    const games = wholeNumber('games', options.games, 1000, 10_000_000);
    const hour = parseCommandLine(['--rooms', String(games), '--hours', '1']);
    if (hour.kind === 'compute') return { kind: 'games', games, workload: hour.workload };
  }

  const isRealm = options.realm === true;
  if (isRealm && options.rooms !== undefined) {
    throw new CommandLineError('--rooms and --realm exclude each other.');
  }
  if (!isRealm && options.shards !== undefined) {
    throw new CommandLineError('--shards needs --realm: a room is always one coordinator.');
  }
  const peers = wholeNumber('peers', options.peers, isRealm ? 5000 : 4, 10_000_000);
  return {
    kind: 'compute',
    workload: {
      kind: isRealm ? 'realm' : 'room',
      places: isRealm ? 1 : wholeNumber('rooms', options.rooms, 1000, 10_000_000),
      peers,
      shards: wholeNumber('shards', options.shards, 1, 1024),
      hours: positiveNumber('hours', options.hours, 24, 24),
      sessionHours: positiveNumber('session-hours', options['session-hours'], 1, 24),
      connectionsPerPeer: positiveNumber(
        'connections',
        options.connections,
        isRealm ? CONNECTIONS_IN_REALM : (peers - 1) / 2,
        1000,
      ),
      messagesPerConnection: positiveNumber(
        'messages',
        options.messages,
        MESSAGES_PER_CONNECTION,
        1000,
      ),
      lostShare: numberFromZero('lost', options.lost, LOST_SHARE, 1),
      absentCallsPerPeer: numberFromZero(
        'absent-calls',
        options['absent-calls'],
        ABSENT_CALLS,
        1000,
      ),
      hasMetrics: options['no-metrics'] !== true,
      hasInvocationLogs: options['invocation-logs'] === true,
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rooms: { type: 'string' },
        peers: { type: 'string' },
        realm: { type: 'boolean' },
        shards: { type: 'string' },
        hours: { type: 'string' },
        'session-hours': { type: 'string' },
        connections: { type: 'string' },
        messages: { type: 'string' },
        lost: { type: 'string' },
        'absent-calls': { type: 'string' },
        'no-metrics': { type: 'boolean' },
        'invocation-logs': { type: 'boolean' },
        games: { type: 'string' },
        overview: { type: 'boolean' },
        'polled-room': { type: 'boolean' },
        markdown: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new CommandLineError(
      `${(error as Error).message}. npm run cost -- --help lists the options.`,
    );
  }
}

function wholeNumber(name: string, text: string | undefined, otherwise: number, max: number) {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new CommandLineError(
    `--${name} must be a whole number from 1 to ${max}; it is ${JSON.stringify(text)}.`,
  );
}

function positiveNumber(name: string, text: string | undefined, otherwise: number, max: number) {
  const value = text === undefined ? otherwise : Number(text);
  // The default may be 0, which the option may not: a room for one makes no connections.
  if (text === undefined || (value > 0 && value <= max)) return value;
  throw new CommandLineError(
    `--${name} must be a number above 0, at most ${max}; it is ${JSON.stringify(text)}.`,
  );
}

function numberFromZero(name: string, text: string | undefined, otherwise: number, max: number) {
  const value = text === undefined ? otherwise : Number(text);
  if (text !== '' && value >= 0 && value <= max) return value;
  throw new CommandLineError(
    `--${name} must be a number from 0 to ${max}; it is ${JSON.stringify(text)}.`,
  );
}

function named([name, options]: readonly [string, string]) {
  const command = parseCommandLine(options.split(' '));
  return command.kind === 'compute' ? [{ name, workload: command.workload }] : [];
}
