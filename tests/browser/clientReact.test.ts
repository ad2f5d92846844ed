import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { untilTrue } from '../support/browser/browser.ts';
import { type GameSite, openGame, startGameSite } from '../support/browser/gamePage.ts';
import { useContext } from '../support/browser/tabs.ts';
import { useServer } from '../support/servers.ts';

const SCRIPT = `
  import { createElement, memo, StrictMode, useEffect, useMemo, useState } from 'react';
  import { createRoot } from 'react-dom/client';
  import { createRoom, joinRoom } from './client/index.ts';
  import { usePeers, useRoom } from './client/react.ts';

  const { server, name, game, code } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  window.entrances = 0;

  function Table() {
    const { room, error } = useRoom(() => {
      window.entrances += 1;
      return joinRoom({ server }, 'react', { name });
    });
    const peers = usePeers(room);
    if (error) return error.type;
    return room ? 'With ' + peers.map((peer) => peer.name).join(' and ') : 'Joining';
  }

  // As React Compiler makes components: what is given the same objects is not drawn anew.
  const roundOf = ({ state }) => state.round ?? 0;
  const Row = memo(({ peer }) => useMemo(() => peer.name + (peer.ready ? ' is ready' : ' waits'), [peer]));
  window.effects = 0;

  function Compiled() {
    const where = { server, game };
    const { room, now, error } = useRoom(() => (code ? joinRoom(where, code, { name }) : createRoom(where, { name })));
    window.room = room;
    useEffect(() => {
      if (room) window.effects += 1;
    }, [room]);
    const round = useMemo(() => now && roundOf(now), [now]);
    const names = useMemo(() => now?.players.map((player) => player.name).join(), [now]);
    const peers = usePeers(room);
    const rows = useMemo(() => peers.map((peer) => createElement(Row, { key: peer.id, peer })), [peers]);
    return now ? [now.code, ' round ', round, ' of ', names, ': ', ...rows, error?.type] : 'Joining';
  }

  function App() {
    const [isShown, show] = useState(true);
    const button = createElement('button', { onClick: () => show(!isShown) }, 'Toggle');
    return [button, createElement('p', { id: 'table' }, isShown && createElement(game ? Compiled : Table))];
  }

  const root = document.body.appendChild(document.createElement('div'));
  createRoot(root).render(createElement(StrictMode, null, createElement(App)));
`;

const origin = useServer();
const context = useContext();

let site: GameSite;
beforeAll(async () => {
  site = await startGameSite(SCRIPT);
});
afterAll(() => site?.close());

async function open(name: string, server = origin(), made = {}): Promise<Page> {
  const { page } = await openGame(context(), {
    ...site,
    url: `${site.url}#${new URLSearchParams({ server, name, ...made })}`,
  });
  return page;
}

function shows(page: Page, text: string): Promise<void> {
  return expect.poll(() => page.locator('#table').textContent()).toBe(text);
}

it('a component is in a room while it is shown, once also in StrictMode', async () => {
  const ann = await open('Ann');
  await shows(ann, 'With ');
  const bob = await open('Bob');
  await shows(ann, 'With Bob');
  await shows(bob, 'With Ann');
  expect(await ann.evaluate('window.entrances')).toBe(1);

  await bob.getByRole('button', { name: 'Toggle' }).click();
  await shows(ann, 'With ');
  await bob.getByRole('button', { name: 'Toggle' }).click();
  await shows(ann, 'With Bob');
});

it('a component shows why it has no room', async () => {
  await shows(await open('Ann', 'http://127.0.0.1:9'), 'no-server');
});

it('a component that React Compiler has made shows each change, why it was put out, and runs an effect once', async () => {
  const game = 'react';
  const ann = await open('Ann', origin(), { game });
  await untilTrue(ann, () => !!window.room);
  const code = await ann.evaluate(() => window.room.code);
  const bob = await open('Bob', origin(), { game, code });
  await shows(bob, `${code} round 0 of Ann,Bob: Ann waits`);
  await ann.evaluate(() => window.room.setState({ round: 5 }));
  await ann.evaluate(() => window.room.set({ name: 'Anna', ready: true }));
  await shows(bob, `${code} round 5 of Anna,Bob: Anna is ready`);
  await ann.evaluate(() => window.room.kick([...window.room.peers.keys()].join()));
  await expect.poll(() => bob.locator('#table').textContent()).toMatch(/kicked$/);
  expect(await bob.evaluate('window.effects')).toBe(1);
});
