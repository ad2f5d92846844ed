import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { RunningServer } from '../../selfhost/RunningServer.ts';
import { startServer } from '../../selfhost/workerd/startServer.ts';
import { launchBrowser } from '../support/browser/browser.ts';
import { type PageServer, startPageServer } from '../support/browser/pageServer.ts';
import { connect, openPeer, openTab, received, send } from '../support/browser/peerPage.ts';
import { isCoturnInstalled, startTurn, type Turn } from '../support/coturn.ts';

const SECRET = 'north';

describe.skipIf(!isCoturnInstalled())('through a coturn', () => {
  let turn: Turn;
  let server: RunningServer;
  let pages: PageServer;
  let browser: Awaited<ReturnType<typeof launchBrowser>>;

  beforeAll(async () => {
    turn = await startTurn(SECRET);
    const environment = {
      // It speaks no TLS.
      TURN_URLS: ['turn:?transport=udp', 'turn:?transport=tcp', 'turns:?transport=tcp']
        .map((url) => url.replace('?', `127.0.0.1:${turn.port}?`))
        .join(','),
      TURN_SECRET: SECRET,
    };
    [server, pages, browser] = await Promise.all([
      startServer({ host: '127.0.0.1', port: 0, environment, output: 'ignore' }),
      startPageServer(),
      launchBrowser(),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([pages?.close(), server?.stop(), turn?.stop()]);
  });

  it('two tabs that may use nothing but the relay exchange data', async () => {
    const context = await browser.newContext();
    // Their ids are free again for another attempt.
    onTestFinished(() => context.close());
    const [alice, bob] = await Promise.all(
      ['alice', 'bob'].map(async (id) => {
        const page = await openTab(context, pages);
        const answer = await fetch(`http://127.0.0.1:${server.port}/room/table-7/peerjs/ice`);
        const { iceServers } = (await answer.json()) as { iceServers: RTCIceServer[] };
        // The STUN server is out of reach here, and a relay is all that may be used.
        const relays = iceServers.filter(({ username }) => username !== undefined);
        const config = { iceServers: relays, iceTransportPolicy: 'relay' as const };
        const options = { host: '127.0.0.1', port: server.port, path: '/room/table-7', config };
        await openPeer(page, { id, options });
        return page;
      }),
    );
    if (alice === undefined || bob === undefined) throw new Error('unreachable');

    await connect(alice, 'bob');
    await send(alice, 'bob', 'ping');
    // The connection is open at Bob's end too once something has come.
    expect((await received(bob, 1)).map(({ data }) => data)).toEqual(['ping']);
    await send(bob, 'alice', 'pong');
    expect((await received(alice, 1)).map(({ data }) => data)).toEqual(['pong']);
    expect(turn.log()).toMatch(/ALLOCATE processed, success/);
  });

  it('the connection check tries each way to the relay, and a message through it', async () => {
    const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${server.port}/`);
    await page.locator('#run').click();
    await page.locator('#result h2').waitFor();
    const stateOf = (step: string) =>
      page.locator(`[data-step=${step}]`).getAttribute('data-state');
    const steps = ['turnUdp', 'turnTcp', 'turnTls', 'relay', 'roundTrip'];
    expect(await Promise.all(steps.map(stateOf))).toEqual([
      'done',
      'done',
      'failed',
      'done',
      'done',
    ]);
    expect(await page.locator('#result').textContent()).toContain('over TLS: is its certificate');
    await context.close();
  });
});
