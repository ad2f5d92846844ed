import type { Peer, PeerOptions } from 'peerjs';
import type { Page } from 'playwright-core';
import { beforeEach, expect, it } from 'vitest';
import { useTabs } from '../support/browser/tabs.ts';
import { clientErrors } from '../support/documents.ts';
import { useServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';

// Each error under "What the client sees" in docs/protocol.md, with the stock client.

const origin = useServer({ MAX_PEERS_PER_ROOM: '1', REALM_CAPACITY: '1' });
const guarded = useServer({ JWT_SECRET: 'a secret of at least thirty-two characters' });
const forOthers = useServer({ ALLOWED_ORIGINS: 'https://game.example' });
const strict = useServer({ TRUST_PROXY: 'true', JOINS_PER_MINUTE: '1' });

const openTab = useTabs();
let page: Page;
let count = 0;
beforeEach(async () => {
  count += 1;
  page = await openTab();
});

/** How to bring about what the document says. */
interface Case {
  /** The whole `type` and the beginning of the `message`, as in the document. */
  readonly type: string;
  readonly message: string;
  readonly id?: string;
  readonly server?: () => string;
  readonly options?: PeerOptions;
  /** Who is there before. */
  readonly before?: { readonly path: string; readonly id: string };
  /** The room was made by HTTP before. */
  readonly isMade?: true;
  /** What the page does once its peer is open. It is run in the page, so that it stands for itself. */
  readonly afterwards?: (peer: Peer) => void;
}

const NOWHERE = 'http://127.0.0.1:9';

const CASES: readonly Case[] = [
  {
    type: 'unavailable-id',
    message: 'ID "…" is taken',
    id: 'alice',
    options: { path: '/room/taken' },
    before: { path: '/room/taken', id: 'alice' },
  },
  {
    type: 'server-error',
    message: 'The room is full',
    options: { path: '/room/full' },
    before: { path: '/room/full', id: 'somebody' },
  },
  {
    type: 'server-error',
    message: 'Server has reached its concurrent user limit',
    options: { path: '/full' },
    before: { path: '/full', id: 'somebody' },
  },
  { type: 'server-error', message: 'Invalid key provided', options: { key: 'wrong' } },
  { type: 'server-error', message: 'Invalid token provided', server: guarded },
  {
    type: 'server-error',
    message: 'No id, token, or key supplied to websocket server',
    options: { token: '' },
  },
  { type: 'server-error', message: 'Invalid id: it must have …', id: 'a'.repeat(513) },
  { type: 'server-error', message: 'Invalid path: it must have …', options: { path: '/room/' } },
  {
    type: 'server-error',
    message: 'Pages of this origin may not connect to this server',
    server: forOthers,
  },
  {
    type: 'server-error',
    message: 'This room needs a seat: ask for one by HTTP',
    isMade: true,
  },
  {
    type: 'server-error',
    message: '(none)',
    id: '',
    server: () => NOWHERE,
  },
  { type: 'invalid-id', message: 'ID "…" is invalid', id: 'no_' },
  {
    type: 'server-error',
    message: 'The host of the room has removed you',
    options: { path: '/room/kicked' },
    // Whoever is alone is the host, and may remove itself.
    afterwards: (peer) => {
      const { socket } = peer as unknown as { socket: { send(message: unknown): void } };
      socket.send({ type: 'ROOM', payload: { kick: peer.id } });
    },
  },
  {
    type: 'server-error',
    message: 'Too many messages for too long',
    afterwards: (peer) => {
      const { socket } = peer as unknown as { socket: { send(message: unknown): void } };
      const message = { type: 'CANDIDATE', dst: 'nobody', payload: {} };
      const timer = setInterval(() => {
        for (let n = 0; n < 200 && peer.open; n += 1) socket.send(message);
        if (!peer.open) clearInterval(timer);
      }, 50);
    },
  },
  {
    type: 'server-error',
    message: 'Too many frames that are no messages of the PeerJS protocol',
    afterwards: (peer) => {
      const { socket } = peer as unknown as { socket: { _socket: WebSocket } };
      for (let n = 0; n < 100; n += 1) socket._socket.send('hello');
    },
  },
  {
    type: 'server-error',
    message: '(none)',
    afterwards: (peer) => peer.listAllPeers(),
  },
  { type: 'network', message: 'Lost connection to server.', server: () => NOWHERE },
  {
    type: 'disconnected',
    message: 'Cannot connect to new Peer after disconnecting from server.',
    afterwards: (peer) => {
      peer.disconnect();
      peer.connect('nobody');
    },
  },
  {
    type: 'peer-unavailable',
    message: 'Could not connect to peer …',
    afterwards: (peer) => void peer.connect('nobody'),
  },
];

/** Opens a peer in the page, and waits for its first error of a type. */
function firstError(
  type: string,
  id: string,
  server: string,
  options: PeerOptions,
  afterwards: (peer: Peer) => void,
): Promise<{ message: string; state: string }> {
  const { hostname: host, port } = new URL(server);
  return page.evaluate(
    ({ type, id, options, code }) => {
      const peer = id === '' ? new window.Peer(options) : new window.Peer(id, options);
      const run = new Function(`return ${code}`)() as (peer: Peer) => void;
      peer.on('open', () => run(peer));
      return new Promise<{ message: string; state: string }>((resolve) => {
        peer.on('error', ({ type: actual, message }) => {
          if (actual !== type) return;
          // What PeerJS does because of the error, it does after saying so.
          setTimeout(() => {
            const connected = peer.disconnected ? 'disconnected' : 'open';
            resolve({ message, state: peer.destroyed ? 'destroyed' : connected });
          });
        });
      });
    },
    {
      type,
      id,
      options: { host, port: Number(port), config: { iceServers: [] }, ...options },
      code: afterwards.toString(),
    },
  );
}

async function pathOfNewRoom(): Promise<string> {
  const response = await fetch(`${origin()}/peerjs/games/pong/rooms`, { method: 'POST' });
  const { options } = (await response.json()) as { options: { path: string } };
  return options.path;
}

/** The message of the document as a pattern: `…` is any text. */
function pattern(message: string): RegExp {
  if (message === '(none)') return /^$/;
  const parts = message.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}`);
}

const documented = clientErrors();

it('has a case here for each error of the document', () => {
  const shown = documented.map(({ type, message }) => ({ type, message }));
  expect(shown).toEqual(CASES.map(({ type, message }) => ({ type, message })));
});

it.each(CASES)('$type: $message', async (example) => {
  const { type, message, server = origin, before, isMade, afterwards = () => {} } = example;
  if (before !== undefined) {
    const peer = await TestPeer.open(server(), before);
    // Closed with the server at the latest.
    peer.socket.on('error', () => {});
  }
  const id = example.id ?? `alice${count}`;
  const options = isMade ? { path: await pathOfNewRoom() } : example.options;
  const place = { path: `/realm-${count}`, ...options };
  const error = await firstError(type, id, server(), place, afterwards);
  expect(error.message).toMatch(pattern(message));
  expect(error.state).toBe(documented[CASES.indexOf(example)]?.state);
});

it('network: too many joins from one address, so that the peer may come back', async () => {
  // As the proxy says that the settings speak of.
  await page.context().setExtraHTTPHeaders({ 'X-Forwarded-For': '203.0.113.7' });
  await TestPeer.open(strict(), { headers: { 'X-Forwarded-For': '203.0.113.7' } });
  const error = await firstError('network', 'alice', strict(), {}, () => {});
  expect(error).toEqual({ message: 'Lost connection to server.', state: 'disconnected' });
});
