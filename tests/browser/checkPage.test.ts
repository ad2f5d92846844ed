import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { accessibilityFaults } from '../support/browser/accessibility.ts';
import { SELDOM, untilTrue } from '../support/browser/browser.ts';
import { spoil, takeTab } from '../support/browser/idleTabs.ts';
import { useContext } from '../support/browser/tabs.ts';
import { freeUdpPort } from '../support/coturn.ts';
import { listenHere } from '../support/listenHere.ts';
import { onOneRuntime, startTestServer, type TestServer } from '../support/servers.ts';
import { type StunServer, startStunServer } from '../support/stunServer.ts';

/** Many times longer than the slowest check takes. */
const PATIENCE_MS = 120_000;

/** With those of media the browser offers its real addresses to WebRTC. */
const PERMISSIONS = ['camera', 'microphone', 'clipboard-read', 'clipboard-write'];

let stun: StunServer;
let environment: Record<string, string>;
let server: TestServer;
let page: Page;

beforeAll(async () => {
  stun = await startStunServer();
  environment = { STUN_URLS: `stun:127.0.0.1:${stun.port}` };
  server = await startOne();
}, 120_000);
afterAll(async () => {
  await server.stop();
  stun.stop();
});

/** The list of the examples does nothing. */
const context = useContext(
  () => `http://127.0.0.1:${server.port}/examples`,
  (it) => it.grantPermissions(PERMISSIONS),
);
beforeEach(async () => {
  page = await takeTab(context());
});

function startOne(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  return startTestServer({ environment: { ...environment, ...settings } });
}

/** Opens a page of which the others share nothing. */
async function openApart(options: BrowserContextOptions = {}): Promise<Page> {
  const apart = await context()
    .browser()
    ?.newContext({ permissions: PERMISSIONS, ...options });
  onTestFinished(() => apart?.close());
  return (await apart?.newPage()) ?? expect.fail();
}

/** Has a script run in the page before its own, in this test alone. */
async function runBefore(script: () => void): Promise<void> {
  spoil(page);
  await page.addInitScript(script);
}

async function open(port = server.port): Promise<void> {
  await page.goto(`http://127.0.0.1:${port}/`);
}

/** Runs the check, and waits until it says how it ended. */
async function check(): Promise<string> {
  await page.locator('#run').click();
  return result();
}

async function result(): Promise<string> {
  await page.locator('#result h2').waitFor({ timeout: PATIENCE_MS });
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

it('takes one step after the other, by keyboard alone, and shows how long each took', async () => {
  await open();
  while (!(await page.locator('#run').evaluate((it) => it === document.activeElement))) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');

  expect(await result()).toMatch(
    /^It works for most players.*no TURN server.*To the server and back[\d.]+ ms.*Direct/,
  );
  const done = await steps('done');
  expect(done.map(([name]) => name)).toEqual([
    'WebRTC',
    'Id',
    'Socket',
    'OPEN',
    'Round trip to the server',
    'ICE servers',
    'Network address',
    'STUN over UDP',
    'Offer',
    'Answer',
    'Connected',
    'Message round trip',
  ]);
  for (const [, time] of done.slice(1)) expect(time).toMatch(/^[\d.]+ ms$/);
  expect((await steps('skipped')).map(([name]) => name)).toEqual([
    'TURN over UDP',
    'TURN over TCP',
    'TURN over TLS',
    'Through the relay',
  ]);
});

it('can be run again', async () => {
  await open();
  await check();
  const before = await page.locator('#result h2').elementHandle();
  await page.locator('#run').click();
  // The next heading may be there in no time, but it is another one.
  await page.waitForFunction((heading) => !heading?.isConnected, before, SELDOM);
  expect(await result()).toContain('It works');
});

onOneRuntime('does not say that it works where no UDP gets out', async () => {
  const dead = await freeUdpPort();
  await page.route('**/ice', (route) =>
    route.fulfill({ json: { iceServers: [{ urls: `stun:127.0.0.1:${dead}` }], ttl: 60 } }),
  );
  await open();
  const text = await check();
  expect(text).toMatch(/^Only in this network.*STUN over UDP: .*UDP does not get through/);
  expect(await steps('failed')).toEqual([['STUN over UDP', 'failed']]);
  expect(await page.getByText('UDP gets through').isVisible()).toBe(false);
  expect((await steps('done')).at(-1)?.[0]).toBe('Message round trip');
});

onOneRuntime('says which way to the TURN server fails', async () => {
  const dead = await freeUdpPort();
  const stunServer = { urls: environment.STUN_URLS ?? '' };
  const turn = { urls: `turn:127.0.0.1:${dead}?transport=tcp`, username: 'a', credential: 'b' };
  await page.route('**/ice', (route) =>
    route.fulfill({ json: { iceServers: [stunServer, turn], ttl: 60 } }),
  );
  await open();
  expect(await check()).toMatch(/^Works for most players.*gives no address over TCP/);
  expect(await steps('failed')).toEqual([['TURN over TCP', 'failed']]);
});

onOneRuntime('says so where the server names something that is no ICE server', async () => {
  await page.route('**/ice', (route) =>
    route.fulfill({ json: { iceServers: [{ urls: 'stun:' }], ttl: 60 } }),
  );
  await open();
  expect(await check()).toMatch(/^Stopped at “Offer”/);
  expect((await steps('failed')).map(([name]) => name)).toEqual(['STUN over UDP', 'Offer']);
});

it('does not wait for ever for ICE servers, nor does the demo', async () => {
  page = await openApart();
  await page.clock.install();
  await page.route('**/ice', () => new Promise(() => {}));
  await open();
  await page.locator('#run').click();
  await page.locator('#steps [data-step=ice][data-state=running]').waitFor();
  await page.clock.fastForward(9000);
  await page.locator('#steps [data-step=ice][data-state=failed]').waitFor();
  expect(await page.locator('[data-step=ice] .detail').textContent()).toBe('No answer within 8 s.');
  await page.locator('#steps [data-step=stun]:not([data-state=waiting])').waitFor();

  // In real time: a clock that is set forward would also end what the demo waits for meanwhile.
  await page.goto(`http://127.0.0.1:${server.port}/demo`);
  await untilTrue(page, () => document.body.textContent?.includes('1 of 4 players'));
});

onOneRuntime(
  'copies a report that names neither the key nor an address of the player',
  async () => {
    await open();
    await check();
    await page.locator('#copy-report').click();
    await untilTrue(page, () => document.querySelector('#copy-report')?.textContent === 'Copied');
    const report = await page.evaluate(() => navigator.clipboard.readText());
    expect(report).toMatch(/^Connection check: It works for most players\n/);
    expect(report).toMatch(/done +[\d.]+ ms {2}STUN over UDP\n/);
    expect(report).toContain(`Server: http://127.0.0.1:${server.port}/`);
    expect(report).toMatch(/Browser: .*Chrome/);
    expect(report).not.toMatch(/candidate:|203\.0\.113\.7/);
  },
);

it('tests the way between two devices by a link', async () => {
  await open();
  await page.locator('#friend-start').click();
  await page.locator('#friend-link:not([hidden])').waitFor();
  const link = await page.locator('#friend-url').inputValue();
  expect(link).toMatch(/\/\?friend=[a-z0-9]{12}$/);

  const friend = await openApart();
  const connect = async () => {
    await friend.goto(link);
    await friend.getByRole('button', { name: 'Connect to your friend' }).click();
    for (const side of [page, friend]) {
      await side.locator('#friend-status h3').waitFor({ timeout: PATIENCE_MS });
      expect(await side.locator('#friend-status').textContent()).toMatch(
        /^You reach each other.*UDP\.[\d.]+ ms there and back/,
      );
    }
  };
  const [answers] = await Promise.all([
    Promise.all([page, friend].map((side) => side.waitForResponse(/\/links$/))),
    connect(),
  ]);
  for (const answer of answers) {
    expect(answer.status()).toBe(204);
    const { links } = answer.request().postDataJSON() as { links: object[] };
    expect(links).toMatchObject([{ connected: true }]);
  }

  // The link has been used up, and nobody is there.
  await page.close();
  await friend.getByRole('button', { name: 'Connect again' }).click();
  await friend.locator('#friend-status', { hasText: 'Your friend is not there' }).waitFor({
    timeout: PATIENCE_MS,
  });
});

onOneRuntime.each([
  ['who made the link', 'who has it'],
  ['who has the link', 'who made it'],
])(
  '%s closes the page while the two connect: %s is told so, and nothing of networks',
  async (who) => {
    const friend = await openApart();
    // A call that is never taken: the connection is not open yet when the page is closed.
    await friend.addInitScript(() => {
      RTCPeerConnection.prototype.setRemoteDescription = () => new Promise(() => {});
    });
    const [host, visitor] = who === 'who made the link' ? [friend, page] : [page, friend];
    await host.goto(`http://127.0.0.1:${server.port}/`);
    await host.locator('#friend-start').click();
    await host.locator('#friend-link:not([hidden])').waitFor();
    await visitor.goto(await host.locator('#friend-url').inputValue());
    await visitor.locator('#friend-start').click();
    for (const side of [host, visitor]) {
      await side.locator('#friend-status', { hasText: 'Connecting' }).waitFor();
    }
    await friend.close();
    await page.locator('#friend-status h3').waitFor({ timeout: PATIENCE_MS });
    expect(await page.locator('#friend-status h3').textContent()).toBe('Your friend has left.');
  },
);

it('asks for a signed token where the server wants one, again when it is wrong, and checks with it', async () => {
  const secret = 'a-secret-of-at-least-32-characters';
  const signed = await startOne({ JWT_SECRET: secret });
  try {
    await open(signed.port);
    expect(await check()).toContain('Peers of this server need a signed token');
    expect(await steps('failed')).toEqual([['OPEN', 'failed']]);
    const before = await page.locator('#result h2').elementHandle();
    await page.getByLabel('This server wants a signed token').fill('guess');
    await page.keyboard.press('Enter');
    await page.waitForFunction((heading) => !heading?.isConnected, before, SELDOM);
    expect(await result()).toContain('Peers of this server need a signed token');

    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode(secret));
    await page.getByLabel('This server wants a signed token').fill(token);
    await page.keyboard.press('Enter');
    await page.locator('#result h2', { hasText: 'It works' }).waitFor({ timeout: PATIENCE_MS });
  } finally {
    await signed.stop();
  }
});

onOneRuntime('fails before anything else in a browser without WebRTC', async () => {
  await runBefore(() => {
    Object.assign(window, { RTCPeerConnection: undefined, webkitRTCPeerConnection: undefined });
  });
  await open();
  expect(await check()).toContain('This browser does not support WebRTC');
  expect(await steps('failed')).toEqual([['WebRTC', 'failed']]);
  expect(await steps('done')).toEqual([]);
});

onOneRuntime('says what games lack on a page that was not loaded over HTTPS', async () => {
  await runBefore(() => {
    Object.defineProperty(window, 'isSecureContext', { value: false });
  });
  await open();
  await check();
  expect((await steps('warned')).map(([name]) => name)).toEqual(['WebRTC']);
  expect(await page.locator('[data-step=webrtc] .detail').textContent()).toContain('no camera');
});

onOneRuntime('has nothing to click before its script is there', async () => {
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  await page.route('**/assets/check-*.js', async (route) => {
    await arrived;
    await route.continue();
  });
  await page.goto(`http://127.0.0.1:${server.port}/`, { waitUntil: 'commit' });
  await page.locator('#run').waitFor();
  expect(await page.locator('main button:visible:enabled').count()).toBe(0);
  arrive();
  expect(await check()).toContain('It works');
});

onOneRuntime('says so if its script cannot be loaded, or throws, also later', async () => {
  await runBefore(() => {
    Object.assign(Promise, { race: undefined });
  });
  await open();
  await page.locator('#run').click();
  await page.locator('#result', { hasText: 'The check broke off' }).waitFor();

  await page.route('**/assets/check-*.js', (route) => route.abort());
  await open();
  await page.locator('#trouble', { hasText: 'Its script could not be loaded' }).waitFor();

  await page.unroute('**/assets/check-*.js');
  await runBefore(() => {
    Document.prototype.querySelectorAll = () => {
      throw new Error('too old');
    };
  });
  await open();
  await page.locator('#trouble', { hasText: 'too old' }).waitFor();
});

onOneRuntime('says so where JavaScript is switched off', async () => {
  const tab = await openApart({ javaScriptEnabled: false });
  await tab.goto(`http://127.0.0.1:${server.port}/`);
  expect(await tab.locator('main').textContent()).toContain('This page needs JavaScript');
  expect(await tab.locator('#run').isVisible()).toBe(false);
});

onOneRuntime.each(['light', 'dark'] as const)(
  'has no fault that axe finds, %s',
  async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await open();
    await check();
    await page.locator('#friend-start').click();
    await page.locator('#friend-link:not([hidden])').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: null });
  },
);

onOneRuntime.each([
  ['realm', "path: '/',"],
  ['room', "path: '/room/table-7',"],
])('copies the code for a %s of this very host', async (name, path) => {
  await open();
  const button = page.locator(`[data-copy=${name}]`);
  await button.click();
  await untilTrue(
    page,
    (it) => document.querySelector(`[data-copy=${it}]`)?.textContent === 'Copied',
    name,
  );
  const code = await page.evaluate(() => navigator.clipboard.readText());
  expect(code).toContain("host: '127.0.0.1',");
  expect(code).toContain(`port: ${server.port},`);
  expect(code).toContain(path);
});

it('says what to do when the server is not there', async () => {
  const gone = await startOne();
  await open(gone.port);
  await gone.stop();
  const text = await check();
  expect(await steps('failed')).toEqual([['Id', 'failed']]);
  expect(text).toContain('did not answer over HTTP');
  expect(text).toContain('Is the server running');
});

it('says what to do when the server stops in the middle', async () => {
  const stopping = await startOne();
  spoil(page);
  await page.routeWebSocket(/peerjs/, (socket) => {
    const upstream = socket.connectToServer();
    let isStopping = false;
    upstream.onMessage((frame) => {
      if (!isStopping && String(frame).includes('"OFFER"')) {
        isStopping = true;
        void stopping.stop();
      }
      if (!isStopping) socket.send(frame);
    });
  });
  await open(stopping.port);
  const text = await check();
  expect(await steps('failed')).toEqual([['Offer', 'failed']]);
  expect(text).toContain('The server ended the connection');
});

it('says what to do when a proxy lets no WebSocket through', async () => {
  const proxy = await startProxyWithoutUpgrade(server.port);
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

onOneRuntime('says what to do when the browser offers no address', async () => {
  await runBefore(() => {
    const Native = RTCPeerConnection;
    window.RTCPeerConnection = class extends Native {
      constructor(configuration?: RTCConfiguration) {
        super({ ...configuration, iceTransportPolicy: 'relay' });
      }
    };
  });
  await open();
  const text = await check();
  expect((await steps('failed')).map(([name]) => name)).toEqual([
    'Network address',
    'STUN over UDP',
  ]);
  expect(text).toContain('switched WebRTC off');
});

it('asks for an access key of one’s own, and again when it is wrong', async () => {
  const guarded = await startOne({ PEERJS_KEY: 'only-for-friends' });
  try {
    await open(guarded.port);
    await page.locator('#run').click();
    await page.getByLabel('This server has an access key').fill('guess');
    await page.keyboard.press('Enter');
    expect(await result()).toContain('This is not the server’s access key');
    expect(await steps('failed')).toEqual([['OPEN', 'failed']]);
    expect(await page.locator('#room').textContent()).toContain("key: 'YOUR-ACCESS-KEY',");

    await page.locator('#run').click();
    await page.getByLabel('This server has an access key').fill('only-for-friends');
    await page.keyboard.press('Enter');
    expect(await result()).toContain('It works');
    expect(await page.locator('#room').textContent()).toContain("key: 'only-for-friends',");

    await page.locator('#friend-start').click();
    await page.locator('#friend-link:not([hidden])').waitFor();
    expect(await page.locator('#friend-url').inputValue()).toMatch(/#key=only-for-friends$/);
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
  await listenHere(proxy);
  return proxy;
}
