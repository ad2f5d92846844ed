import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { enter, openKitPage, say, untilHeard } from '../support/browser/kitPage.ts';
import { useContext } from '../support/browser/tabs.ts';
import { useKitSite } from '../support/browser/useKitSite.ts';
import { startOfficialServers } from '../support/officialServer.ts';
import { startTestServer, useServer } from '../support/servers.ts';

declare global {
  interface Window {
    allowPaths(): void;
  }
}

// What joinRoom rejects with. It never waits for longer than 10 s: a busy machine adds some.

const NOT_FOR_EVER_MS = 30_000;

const origin = useServer();
const context = useContext();
const site = useKitSite();

function openPage(): Promise<Page> {
  return openKitPage(context(), site(), origin());
}

/** A server whose answers say nothing but what the kit needs to go on, and that opens no socket. */
async function startSilentServer(): Promise<string> {
  const server = createServer((_, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.end(JSON.stringify({ iceServers: [], ttl: 60 }));
  });
  // What opens a socket gets no answer at all.
  server.on('upgrade', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('no-server, where nobody answers', async () => {
  const where = { server: 'http://127.0.0.1:9' };
  await expect(enter(await openPage(), { where, code: 'a' })).rejects.toThrow(
    'no-server: http://127.0.0.1:9 does not answer.',
  );
});

it('no-server, where the address is none', async () => {
  const where = { server: 'file:///game' };
  await expect(enter(await openPage(), { where, code: 'a' })).rejects.toThrow('no-server: Say');
});

it('old-server, where the server knows no rooms', async () => {
  const official = await startOfficialServers([{}]);
  onTestFinished(() => official.stop());
  const [server = ''] = official.origins;
  const where = { server };
  await expect(enter(await openPage(), { where, code: 'a' })).rejects.toThrow('old-server: ');
});

it('blocked-socket, where the server answers and its socket does not open', async () => {
  const page = await openPage();
  const started = Date.now();
  const where = { server: await startSilentServer() };
  await expect(enter(page, { where, code: 'a' })).rejects.toThrow('blocked-socket: ');
  expect(Date.now() - started).toBeLessThan(NOT_FOR_EVER_MS);
});

it('no-webrtc, where the browser has none', async () => {
  const page = await openPage();
  await page.evaluate(() => Reflect.deleteProperty(window, 'RTCPeerConnection'));
  await expect(enter(page, { where: {}, code: 'a' })).rejects.toThrow('no-webrtc: ');
});

it('room-full, where all seats are taken', async () => {
  const pages = await Promise.all([1, 2, 3, 4, 5].map(openPage));
  const [fifth = expect.fail(), ...four] = pages;
  await Promise.all(four.map((page) => enter(page, { where: {}, code: 'full' })));
  await expect(enter(fifth, { where: {}, code: 'full' })).rejects.toThrow(
    'room-full: The room is full',
  );
});

it('invalid-key, where the key is another one', async () => {
  const guarded = await startTestServer({ environment: { PEERJS_KEY: 'mine' } });
  onTestFinished(() => guarded.stop());
  const server = `http://127.0.0.1:${guarded.port}`;
  const page = await openPage();
  await expect(enter(page, { where: { server }, code: 'a' })).rejects.toThrow('invalid-key: ');
  await enter(page, { where: { server, key: 'mine' }, code: 'a' });
});

it('invalid-request, where a name is too long', async () => {
  const profile = { name: 'x'.repeat(41) };
  await expect(enter(await openPage(), { where: {}, code: 'a', profile })).rejects.toThrow(
    'invalid-request: set.name',
  );
});

it('invalid-request, where a room is made for no game', async () => {
  const page = await openPage();
  const made = page.evaluate(() => window.kit.createRoom({}).catch(({ type }) => type));
  expect(await made).toBe('invalid-request');
});

/** Two players to whom nothing leads but a TURN server, which is not there. */
async function walledOff(server: string): Promise<[Page, Page]> {
  const [ann = expect.fail(), bob = expect.fail()] = await Promise.all([openPage(), openPage()]);
  await ann.evaluate(() => {
    const Free = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Free {
      constructor(configuration?: RTCConfiguration) {
        super({ ...configuration, iceTransportPolicy: 'relay' });
      }
    };
    window.allowPaths = () => {
      window.RTCPeerConnection = Free;
    };
  });
  for (const page of [ann, bob]) await enter(page, { where: { server }, code: 'walled' });
  await ann.waitForFunction(() => window.room.peers.size === 1);
  return [ann, bob];
}

it('a player to whom there is no path is lost, with the reason, and is found again when there is one', async () => {
  const [ann, bob] = await walledOff(origin());
  const started = Date.now();
  const isLost = () => {
    const [peer] = window.room.peers.values();
    return peer?.via === 'lost' && peer.reason;
  };
  for (const page of [ann, bob]) {
    expect(await (await page.waitForFunction(isLost)).jsonValue()).toBe('no-path');
  }
  expect(Date.now() - started).toBeLessThan(NOT_FOR_EVER_MS);

  await say(ann, 'waits until there is a path');
  await ann.evaluate(() => window.allowPaths());
  await untilHeard(bob, 'waits until there is a path');
});

it('a player to whom there is no path is reached by way of a server that relays', async () => {
  const server = await startTestServer({ environment: { RELAY: 'on' } });
  onTestFinished(() => server.stop());
  const [ann, bob] = await walledOff(`http://127.0.0.1:${server.port}`);
  await say(ann, 'from the first moment');
  await untilHeard(bob, 'from the first moment');
  await bob.evaluate(() => window.sayFast.send('and back'));
  await ann.waitForFunction(() => window.heardFast.includes('and back'));
  for (const page of [ann, bob]) {
    expect(await page.evaluate(() => [...window.room.peers.values()][0]?.via)).toBe('server');
  }
});
