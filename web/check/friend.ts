import { type DataConnection, Peer, type PeerOptions } from 'peerjs';
import { reportLink } from './reportLink.ts';
import { medianRoundTrip, type Route, routeOf } from './route.ts';

/** How far a test between two machines has come. */
export type FriendTest =
  | { readonly kind: 'joining' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'connecting' }
  | {
      readonly kind: 'connected';
      readonly route: Route | undefined;
      /** The median time of a message there and back, in milliseconds. */
      readonly roundTrip: number;
    }
  | { readonly kind: 'failed'; readonly headline: string; readonly remedy: string };

type Failed = Extract<FriendTest, { kind: 'failed' }>;

const JOIN_MS = 15_000;
const WAIT_MS = 600_000;
const CONNECT_MS = 30_000;

const NO_ROUTE: Failed = {
  kind: 'failed',
  headline: 'The two of you found no way to each other.',
  remedy:
    'One of the two networks lets nothing through: run the check on both devices. Games need a TURN server for players like you.',
};

const FRIEND_LEFT: Failed = {
  kind: 'failed',
  headline: 'Your friend has left.',
  remedy:
    'Both pages must stay open until they say how it went. Make another link, or ask for one.',
};

/** The visitor's last message to the host. All messages before it are numbers, which the host sends back. */
interface Measured {
  readonly roundTrip: number;
}

/** Waits for a friend who has the link, and shows what the two get. */
export async function waitForFriend(
  options: PeerOptions,
  id: string,
  onChange: (test: FriendTest) => void,
): Promise<void> {
  const test = startTest(options, id, onChange);
  test.peer.on('connection', (connection) => {
    onChange({ kind: 'connecting' });
    test.limit(CONNECT_MS, NO_ROUTE);
    connection.on('data', async (data) => {
      if (typeof data === 'number') {
        void connection.send(data);
        return;
      }
      const { roundTrip } = data as Measured;
      test.succeed({ kind: 'connected', route: await routeOf(connection), roundTrip });
    });
    test.watch(connection);
  });
  await test.joined;
  if (test.hasEnded()) return;
  onChange({ kind: 'waiting' });
  test.limit(WAIT_MS, {
    kind: 'failed',
    headline: 'Nobody came for ten minutes.',
    remedy: 'Make another link, and keep this page open until your friend is there.',
  });
}

/** Connects to the friend who made the link. */
export async function visitFriend(
  options: PeerOptions,
  id: string,
  friend: string,
  onChange: (test: FriendTest) => void,
): Promise<void> {
  const test = startTest(options, id, onChange);
  await test.joined;
  if (test.hasEnded()) return;
  onChange({ kind: 'connecting' });
  test.limit(CONNECT_MS, NO_ROUTE);
  const connection = test.peer.connect(friend, { serialization: 'json', reliable: true });
  test.watch(connection);
  connection.on('open', async () => {
    const roundTrip = await medianRoundTrip(connection);
    const route = await routeOf(connection);
    void connection.send({ roundTrip } satisfies Measured);
    test.succeed({ kind: 'connected', route, roundTrip });
  });
}

/** The part that both sides share: a peer that has to join in time, and how the test ends. */
function startTest(options: PeerOptions, id: string, onChange: (test: FriendTest) => void) {
  let ended = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt: { readonly to: string; readonly since: number; ms?: number } | undefined;
  const peer = new Peer(id, options);
  const end = (outcome: FriendTest) => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    report(outcome);
    onChange(outcome);
    // What was sent last is on its way.
    setTimeout(() => peer.destroy(), 1000);
  };
  /** How the attempt ended. A friend who is not there, or a lost server, says nothing of the networks. */
  const report = (outcome: FriendTest) => {
    if (attempt === undefined) return;
    const { to, since, ms } = attempt;
    if (outcome.kind === 'connected' && outcome.route !== undefined && ms !== undefined) {
      reportLink(options, { to, ms, route: outcome.route });
    } else if (outcome === NO_ROUTE && ms === undefined) {
      reportLink(options, { to, ms: elapsed(since), reason: 'no-path' });
    }
  };
  const limit = (milliseconds: number, failure: Failed) => {
    clearTimeout(timer);
    if (!ended) timer = setTimeout(end, milliseconds, failure);
  };
  limit(JOIN_MS, {
    kind: 'failed',
    headline: 'The server did not answer in time.',
    remedy: 'Run the check: it says what is in the way.',
  });
  const joined = new Promise<void>((resolve) => {
    peer.on('open', () => resolve());
    peer.on('error', ({ type, message }) => {
      if (type === 'webrtc') return;
      end(failureOf(type, message));
      resolve();
    });
  });
  const watch = (connection: DataConnection) => {
    const tried = { to: connection.peer, since: performance.now() };
    attempt = tried;
    connection.on('open', () => {
      attempt = { ...tried, ms: elapsed(tried.since) };
    });
    connection.on('error', ({ type, message }) =>
      end(type === 'negotiation-failed' ? NO_ROUTE : failureOf(type, message)),
    );
    // It was open, so that there is a way.
    connection.on('close', () => end(FRIEND_LEFT));
    // PeerJS says nothing of a connection that ends before it was open.
    peer.socket.on('message', ({ type, src }) => {
      if (type === 'LEAVE' && src === tried.to) end(FRIEND_LEFT);
    });
  };
  return { peer, joined, limit, watch, succeed: end, hasEnded: () => ended };
}

function elapsed(since: number): number {
  return Math.round(performance.now() - since);
}

function failureOf(type: string, message: string): Failed {
  switch (type) {
    case 'peer-unavailable':
      return {
        kind: 'failed',
        headline: 'Your friend is not there.',
        remedy: 'The page with “Test with a friend” must stay open. Ask for a new link.',
      };
    case 'network':
    case 'socket-closed':
      return {
        kind: 'failed',
        headline: 'The connection to the server was lost.',
        remedy: 'Is this device online? Run the check: it says what is in the way.',
      };
    default:
      return {
        kind: 'failed',
        headline: `${message}.`.replace('..', '.'),
        remedy: 'Run the check: it says what is in the way.',
      };
  }
}
