import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GameSite, openGame, startGameSite } from '../support/browser/gamePage.ts';
import { useContext } from '../support/browser/tabs.ts';
import { useServer } from '../support/servers.ts';

const SCRIPT = `
  import { createElement, StrictMode, useState } from 'react';
  import { createRoot } from 'react-dom/client';
  import { joinRoom } from './client/index.ts';
  import { usePeers, useRoom } from './client/react.ts';

  const { server, name } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
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

  function App() {
    const [isShown, show] = useState(true);
    const button = createElement('button', { onClick: () => show(!isShown) }, 'Toggle');
    return [button, createElement('p', { id: 'table' }, isShown && createElement(Table))];
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

async function open(name: string, server = origin()): Promise<Page> {
  const { page } = await openGame(context(), {
    ...site,
    url: `${site.url}#${new URLSearchParams({ server, name })}`,
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
