import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser/browser.ts';
import { startTestServer, useServer } from '../support/servers.ts';

const origin = useServer();
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  // With the media permissions the browser offers its real addresses to WebRTC.
  const permissions = ['camera', 'microphone', 'clipboard-read', 'clipboard-write'];
  context = await browser.newContext({ permissions });
  page = await context.newPage();
});
afterEach(() => context.close());

async function open(port?: number): Promise<void> {
  await page.goto(port === undefined ? origin() : `http://127.0.0.1:${port}/`);
}

/** Runs the check, and waits until it says how it ended. */
async function check(): Promise<string> {
  await page.locator('#run').click();
  return result();
}

async function result(): Promise<string> {
  await page.locator('#result h2').waitFor({ state: 'attached' });
  return (await page.locator('#result').textContent()) ?? '';
}

/** The steps by their state, each with its name and what stands beside it. */
async function steps(state: string): Promise<[string, string][]> {
  const rows = await page.locator(`#steps [data-state=${state}]`).all();
  return Promise.all(
    rows.map(
      async (row): Promise<[string, string]> => [
        (await row.locator('strong').textContent()) ?? '',
        (await row.locator('.time').textContent()) ?? '',
      ],
    ),
  );
}

it('lets two players meet, by keyboard alone, and shows when each step was reached', async () => {
  await open();
  while (!(await page.locator('#run').evaluate((it) => it === document.activeElement))) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');

  expect(await result()).toMatch(
    /^It works.*\(host candidate, UDP\).*Round trip[\d.]+ ms.*STUN only/,
  );
  const done = await steps('done');
  expect(done.map(([name]) => name)).toEqual([
    'Id',
    'Socket',
    'OPEN',
    'Offer',
    'Answer',
    'First candidate',
    'Connected',
    'Message round trip',
  ]);
  for (const [, time] of done) expect(time).toMatch(/^[\d.]+ ms$/);
});

it('can be run again', async () => {
  await open();
  await check();
  const before = await page.locator('#result h2').elementHandle();
  await page.locator('#run').click();
  // The next heading may be there in no time, but it is another one.
  await page.waitForFunction((heading) => !heading?.isConnected, before);
  expect(await result()).toContain('It works');
});

it('says that TURN is configured and does not relay, where that is so', async () => {
  await page.route('**/ice', (route) =>
    route.fulfill({
      json: {
        iceServers: [{ urls: 'turn:127.0.0.1:1', username: 'user', credential: 'secret' }],
        ttl: 60,
      },
    }),
  );
  await open();
  expect(await check()).toContain('Configured, but it relays nothing');
});

it.each([
  ['realm', "path: '/',"],
  ['room', "path: '/room/table-7',"],
])('copies the code for a %s of this very host', async (name, path) => {
  await open();
  const button = page.locator(`[data-copy=${name}]`);
  await button.click();
  await page.waitForFunction(
    (it) => document.querySelector(`[data-copy=${it}]`)?.textContent === 'Copied',
    name,
  );
  const code = await page.evaluate(() => navigator.clipboard.readText());
  expect(code).toContain("host: '127.0.0.1',");
  expect(code).toContain(`port: ${new URL(origin()).port},`);
  expect(code).toContain(path);
});

it('says what to do when the server is not there', async () => {
  const server = await startTestServer();
  await open(server.port);
  await server.stop();
  const text = await check();
  expect(await steps('failed')).toEqual([['Id', 'failed']]);
  expect(text).toContain('did not answer over HTTP');
  expect(text).toContain('Is the server running');
});

it('says what to do when the server stops in the middle', async () => {
  const server = await startTestServer();
  await page.routeWebSocket(/peerjs/, (socket) => {
    const upstream = socket.connectToServer();
    let isStopping = false;
    upstream.onMessage((frame) => {
      if (!isStopping && String(frame).includes('"OFFER"')) {
        isStopping = true;
        void server.stop();
      }
      if (!isStopping) socket.send(frame);
    });
  });
  await open(server.port);
  const text = await check();
  expect(await steps('failed')).toEqual([['Offer', 'failed']]);
  expect((await steps('done')).map(([name]) => name)).toEqual(['Id', 'Socket', 'OPEN']);
  expect(text).toContain('The server ended the connection');
});

it('says what to do when a proxy lets no WebSocket through', async () => {
  const proxy = await startProxyWithoutUpgrade(Number(new URL(origin()).port));
  try {
    await open((proxy.address() as AddressInfo).port);
    const text = await check();
    expect(await steps('failed')).toEqual([['Socket', 'failed']]);
    expect(text).toContain('pass on the Upgrade and Connection headers');
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});

it('says what to do when the browser offers no address', async () => {
  await page.clock.install();
  await page.addInitScript(() => {
    const Native = RTCPeerConnection;
    window.RTCPeerConnection = class extends Native {
      constructor(configuration?: RTCConfiguration) {
        super({ ...configuration, iceTransportPolicy: 'relay' });
      }
    };
  });
  await open();
  await page.locator('#run').click();
  await page.locator('#steps [data-step=candidate][data-state=running]').waitFor();
  await page.clock.fastForward(30_000);
  const text = await result();
  expect(await steps('failed')).toEqual([['First candidate', 'failed']]);
  expect(text).toContain('switched WebRTC off');
});

it('asks for an access key of one’s own, and again when it is wrong', async () => {
  const guarded = await startTestServer({ environment: { PEERJS_KEY: 'only-for-friends' } });
  try {
    await open(guarded.port);
    await page.locator('#run').click();
    await page.getByLabel('This server has an access key').fill('guess');
    await page.keyboard.press('Enter');
    expect(await result()).toContain('This is not the server’s access key');

    await page.locator('#run').click();
    await page.getByLabel('This server has an access key').fill('only-for-friends');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() =>
      document.querySelector('#result')?.textContent?.includes('It works'),
    );
    expect(await page.locator('#room').textContent()).toContain("key: 'only-for-friends',");
  } finally {
    await guarded.stop();
  }
});

/** A proxy that a person forgot to tell of WebSockets: it passes on all else. */
async function startProxyWithoutUpgrade(port: number): Promise<Server> {
  const proxy = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers };
    delete headers.upgrade;
    headers.connection = 'close';
    const { url, method } = incoming;
    request({ host: '127.0.0.1', port, path: url, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    }).end();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return proxy;
}
