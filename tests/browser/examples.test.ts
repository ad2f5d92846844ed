import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { accessibilityFaults } from '../support/browser/accessibility.ts';
import { allowMedia } from '../support/browser/browser.ts';
import { blockCookies, spoil, takeTab } from '../support/browser/idleTabs.ts';
import { openKitPage, untilLinked } from '../support/browser/kitPage.ts';
import { useContext } from '../support/browser/tabs.ts';
import { TcpProxy } from '../support/browser/tcpProxy.ts';
import { useKitSite } from '../support/browser/useKitSite.ts';
import { useServer } from '../support/servers.ts';

const FOLDER = join(PROJECT_ROOT, 'examples');
const FILES = readdirSync(FOLDER);
const EXAMPLES = FILES.filter((file) => file.endsWith('.html')).map((file) =>
  basename(file, '.html'),
);
const SCHEMES = ['light', 'dark'] as const;

const origin = useServer();
/** Its runtime makes no difference to a page. */
const guarded = useServer({ PEERJS_KEY: 'only-for-friends' }, 'Node');
const signed = useServer({ JWT_SECRET: 'a secret of at least thirty-two characters' }, 'Node');
/** The list of the examples does nothing. */
const context = useContext(() => `${origin()}/examples`);
const kitSite = useKitSite();

/** Opens an example, or the address that somebody in it has sent. */
async function open(address: string, { hasCamera = true } = {}): Promise<Page> {
  const url = address.startsWith('/') ? origin() + address : address;
  await allowMedia(context(), url);
  const page = await takeTab(context());
  page.on('pageerror', (error) => expect.fail(String(error)));
  if (!hasCamera) await refuseCamera(page);
  await page.goto(url);
  return page;
}

/** Has the browser refuse the camera, as it does where the server of the page tells it to. */
async function refuseCamera(page: Page): Promise<void> {
  spoil(page);
  const refusal = { name: 'Permissions-Policy', value: 'camera=(), microphone=()' };
  const session = await page.context().newCDPSession(page);
  session.on('Fetch.requestPaused', ({ requestId, responseStatusCode, responseHeaders }) => {
    void session.send('Fetch.continueResponse', {
      requestId,
      responseCode: responseStatusCode ?? 200,
      responseHeaders: [...(responseHeaders ?? []), refusal],
    });
  });
  const patterns = [{ urlPattern: '*/examples/*', requestStage: 'Response' as const }];
  await session.send('Fetch.enable', { patterns });
}

/** Comes in by a name, and by a code where there is one. */
async function enter(page: Page, name: string, code?: string): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  if (code !== undefined) await page.getByLabel('Code').fill(code);
  // As the keyboard of a phone does.
  await page.keyboard.press('Enter');
}

function untilStatus(page: Page, text: string): Promise<void> {
  return page.locator('#status', { hasText: text }).waitFor();
}

function press(page: Page, name: string): Promise<void> {
  return page.getByRole('button', { name }).click();
}

/** Where an element is, and where the text that follows it in its row. */
function placesIn(row: Locator): Promise<{ name: DOMRect; rest: DOMRect; row: DOMRect }> {
  return row.evaluate((it) => {
    const rest = document.createRange();
    rest.setStartAfter(it.firstElementChild ?? it);
    rest.setEndAfter(it.lastChild ?? it);
    const name = it.firstElementChild?.getBoundingClientRect() ?? it.getBoundingClientRect();
    return { name, rest: rest.getBoundingClientRect(), row: it.getBoundingClientRect() };
  });
}

/** A name that is written from right to left, and ends with a number. */
const HEBREW = 'שלום 12';

async function codeOf(page: Page): Promise<string> {
  return (await page.locator('#code').textContent()) ?? '';
}

/** What the list of the examples says against them. */
function shownNotes(page: Page): Locator {
  return page.getByText('The examples do not run here').filter({ visible: true });
}

async function expectNoFaults(page: Page): Promise<void> {
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    expect(await accessibilityFaults(page), colorScheme).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null });
}

it.each(EXAMPLES)('%s has at most 120 lines of its own', (name) => {
  const own = FILES.filter((file) => file.startsWith(`${name}.`));
  const text = own.map((file) => readFileSync(join(FOLDER, file), 'utf8')).join('');
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(120);
});

it.each(EXAMPLES)('%s fits a phone, and axe finds no fault in it', async (name) => {
  const page = await open(`/examples/${name}`);
  await page.locator('h1').waitFor();
  await page.locator('#status').waitFor();
  await page.setViewportSize({ width: 360, height: 780 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  await expectNoFaults(page);
});

it('a list has all examples, and the other pages have a link to it', async () => {
  const page = await open('/');
  await page.getByRole('link', { name: 'Examples' }).click();
  await page.getByRole('heading', { name: 'Examples' }).waitFor();
  const links = page.locator('main a');
  const addresses = await links.evaluateAll((all) =>
    all.map((it) => it.getAttribute('href') ?? ''),
  );
  expect(addresses.map((address) => basename(address)).sort()).toEqual([...EXAMPLES].sort());
  expect(await shownNotes(page).count()).toBe(0);
  await page.setViewportSize({ width: 360, height: 780 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  await expectNoFaults(page);
  await links.first().click();
  await untilStatus(page, 'For two');
  await page.getByRole('link', { name: 'Examples' }).click();
  await links.first().waitFor();
});

it.each([
  ['has an access key of its own', guarded, 'which they do not know'],
  ['wants signed tokens', signed, 'docs/authentication.md says how'],
])('the list says that the examples do not run on a server that %s', async (_, server, why) => {
  const notes = shownNotes(await open(`${server()}/examples`));
  await notes.first().waitFor();
  expect(await notes.allTextContents()).toEqual([expect.stringContaining(why)]);
});

it.each(['noughts', 'quiz', 'react'])(
  '%s tells of a wrong code, and keeps the name',
  async (name) => {
    const page = await open(`/examples/${name}`);
    await enter(page, 'Ann', 'nonono');
    await untilStatus(page, 'There is no room with this code');
    await page.getByLabel('Code').fill('');
    await expect.poll(() => page.getByLabel('Your name').inputValue()).toBe('Ann');
    await page.keyboard.press('Enter');
    await untilStatus(page, 'code');
    await page
      .locator('#code, p', { hasText: /^(Code: )?[a-z]{6,8}$/ })
      .first()
      .waitFor();
  },
);

it.each(['noughts', 'quiz', 'react'])(
  '%s makes one room where its button is tapped twice',
  async (name) => {
    const page = await open(`/examples/${name}`);
    const made: string[] = [];
    page.on('request', (request) => request.method() === 'POST' && made.push(request.url()));
    await page.getByLabel('Your name').fill('Ann');
    await page.getByRole('button', { name: /^New/ }).dblclick();
    await page.locator('#code').waitFor();
    expect(made.filter((url) => url.endsWith('/rooms'))).toHaveLength(1);
  },
);

it.each(['noughts', 'quiz', 'react'])(
  '%s is played, also after a reload, where cookies are blocked',
  async (name) => {
    const page = await takeTab(context());
    await blockCookies(page);
    await page.goto(`${origin()}/examples/${name}`);
    await enter(page, 'Ann');
    const code = await codeOf(page);
    await page.reload();
    await page.locator('#code').waitFor();
    expect(await codeOf(page)).toBe(code);
  },
);

it('stock: the seat of before a reload is had again, also where cookies are blocked', async () => {
  const page = await takeTab(context());
  await blockCookies(page);
  await page.goto(`${origin()}/examples/stock`);
  const code = await codeOf(page);
  const seat = page.waitForResponse((response) => response.url().endsWith(`${code}/seats`));
  await page.reload();
  expect(await (await seat).json()).toMatchObject({ rejoined: true });
});

it.each(['arena', 'video', 'stock'])('%s offers a new room for one that is over', async (name) => {
  const page = await open(`/examples/${name}?room=nonono`);
  await untilStatus(page, 'There is no room with this code');
  await expectNoFaults(page);
  await page.getByRole('link', { name: 'Open a new' }).click();
  await untilStatus(page, 'Alone here');
});

it.each(EXAMPLES)('%s has a button that copies the link to its room', async (name) => {
  const page = await open(`/examples/${name}`);
  if (await page.getByLabel('Your name').isVisible()) await enter(page, 'Ann');
  await page.waitForURL(/room=/);
  const invite = page.locator('room-invite');
  await invite.getByText('This address works on this machine only').waitFor();
  expect(page.url()).toContain(`room=${await codeOf(page)}`);
  const copied = page.evaluate(
    () =>
      new Promise((resolve) => {
        navigator.clipboard.writeText = async (text) => resolve(text);
      }),
  );
  await press(page, 'Copy the link');
  await invite.getByRole('button', { name: 'Copied' }).waitFor();
  expect(await copied).toBe(page.url());
  await expectNoFaults(page);
});

it('an example shares the link where the system can, and copies it where that fails', async () => {
  const page = await open('/examples/noughts');
  const taps = await page.evaluateHandle(() => {
    const all: unknown[] = [];
    const outcomes = [undefined, 'AbortError', 'NotAllowedError'];
    navigator.share = async (data) => {
      const name = outcomes[all.push(data?.url) - 1];
      if (name) throw new DOMException('', name);
    };
    navigator.clipboard.writeText = async (text) => void all.push(`copied ${text}`);
    return all;
  });
  await enter(page, 'Ann');
  const button = page.locator('room-invite button');
  for (const count of [1, 2, 4]) {
    await button.click();
    await expect.poll(() => taps.evaluate((all) => all.length)).toBe(count);
    expect(await button.textContent()).toBe(count < 4 ? 'Share the link' : 'Copied');
  }
  const url = page.url();
  expect(await taps.jsonValue()).toEqual([url, url, url, `copied ${url}`]);
});

it.each(['noughts', 'quiz', 'react'])('%s offers a new room beside a code', async (name) => {
  const page = await open(`/examples/${name}?room=nonono`);
  await page.getByRole('link', { name: 'Open a new' }).click();
  await expect.poll(() => page.getByLabel('Code').inputValue()).toBe('');
  expect(await page.getByRole('link', { name: 'Open a new' }).isVisible()).toBe(false);
  await enter(page, 'Ann');
  await page.waitForURL(/room=/);
});

it('an example is found by the name of its file too, and one that is none is not', async () => {
  const statusOf = async (path: string) => (await fetch(`${origin()}/examples/${path}`)).status;
  expect(await statusOf('react.html')).toBe(200);
  expect(await statusOf('react.tsx')).toBe(404);
  expect(await statusOf('chess')).toBe(404);
});

describe('noughts and crosses', () => {
  it('two play to the end, with a reload, and again', async () => {
    const ann = await open('/examples/noughts');
    await enter(ann, 'Ann');
    await untilStatus(ann, 'Tell a friend the code');
    const bob = await open('/examples/noughts');
    await enter(bob, 'Bob', (await codeOf(ann)).toUpperCase());
    await untilStatus(bob, 'Ann’s turn.');

    await press(ann, 'Cell 1');
    await press(bob, 'Cell 5');
    await press(ann, 'Cell 2');
    await bob.reload();
    await untilStatus(bob, 'Your turn: you are O.');
    await press(bob, 'Cell 9');
    await press(ann, 'Cell 3');
    await untilStatus(ann, 'You have won!');
    await untilStatus(bob, 'Ann has won.');
    await expectNoFaults(ann);

    await press(bob, 'Play again');
    await untilStatus(bob, 'Your turn: you are X.');
  });

  it('goes on with another friend when the host leaves', async () => {
    const ann = await open('/examples/noughts');
    await enter(ann, 'Ann');
    await untilStatus(ann, 'Tell a friend the code');
    const bob = await open(ann.url());
    await enter(bob, 'Bob');
    await untilStatus(bob, 'Ann’s turn.');
    await press(ann, 'Cell 1');
    await untilStatus(bob, 'Your turn: you are O.');
    const cid = await open(ann.url());
    await enter(cid, 'Cid');
    await untilStatus(cid, 'The room is full');

    await cid.getByRole('link', { name: 'Open a new game' }).waitFor();

    await ann.close();
    await untilStatus(bob, 'Tell a friend the code');
    await enter(cid, 'Cid');
    await untilStatus(cid, 'Bob’s turn.');
    for (const [page, cell] of [
      [bob, 1],
      [cid, 2],
      [bob, 5],
      [cid, 3],
      [bob, 9],
    ] as const) {
      await press(page, `Cell ${cell}`);
    }
    await untilStatus(cid, 'Bob has won.');
  });
});

it('noughts and crosses: a move that the host makes while the server is away counts', async () => {
  const proxy = await TcpProxy.start(Number(new URL(origin()).port));
  onTestFinished(() => proxy.close());
  const ann = await open(`http://127.0.0.1:${proxy.port}/examples/noughts`);
  await enter(ann, 'Ann');
  await untilStatus(ann, 'Tell a friend the code');
  const bob = await open('/examples/noughts');
  await enter(bob, 'Bob', await codeOf(ann));
  await untilStatus(bob, 'Ann’s turn.');
  await untilStatus(ann, 'Your turn');

  const { upstream } = proxy;
  proxy.upstream = undefined;
  proxy.reset();
  await press(ann, 'Cell 1');
  await untilStatus(ann, 'Bob’s turn.');
  proxy.upstream = upstream;
  await untilStatus(bob, 'Your turn: you are O.');
  await press(bob, 'Cell 5');
  await untilStatus(ann, 'Your turn: you are X.');
});

describe('arena', () => {
  const rows = (page: Page) => page.locator('#points li').allTextContents();
  const mine = async (page: Page) =>
    Number(/^You (\d+)$/.exec((await rows(page)).find((row) => row.startsWith('You')) ?? '')?.[1]);

  /** Steers to the coin, which is the only thing of its colour. */
  async function chase(page: Page): Promise<void> {
    const coin = await page.locator('#field').evaluate((field) => {
      if (!(field instanceof HTMLCanvasElement)) return undefined;
      const { data = [] } = field.getContext('2d')?.getImageData(0, 0, 800, 800) ?? {};
      const box = field.getBoundingClientRect();
      for (let y = 0; y < 800; y += 4) {
        for (let x = 0; x < 800; x += 4) {
          const at = 4 * (800 * y + x);
          if (data[at] !== 255 || data[at + 1] !== 201) continue;
          return { x: box.x + (x / 800) * box.width, y: box.y + ((y + 14) / 800) * box.height };
        }
      }
      return undefined;
    });
    if (coin) await page.mouse.move(coin.x, coin.y);
  }

  it('four play until one has five coins, with a reload and a host that leaves', async () => {
    const host = await open('/examples/arena');
    await untilStatus(host, 'Alone here');
    const others: Page[] = [];
    for (let n = 0; n < 3; n += 1) others.push(await open(host.url()));
    const [guest = expect.fail(), another = expect.fail()] = others;
    for (const page of [host, ...others]) {
      await expect.poll(async () => (await rows(page)).includes('Free')).toBe(false);
    }
    await expectNoFaults(host);
    const fifth = await open(host.url());
    await untilStatus(fifth, 'The room is full');
    await fifth.close();

    await expect
      .poll(async () => {
        await chase(guest);
        return mine(guest);
      })
      .toBeGreaterThan(0);
    await guest.reload();
    await expect.poll(() => mine(guest)).toBeGreaterThan(0);

    await host.close();
    await expect
      .poll(async () => (await rows(guest)).filter((row) => row === 'Free').length)
      .toBe(1);
    expect(await mine(guest)).toBeGreaterThan(0);
    let isOver = false;
    const end = Promise.all([guest, another].map((page) => untilStatus(page, 'has won')));
    void end.then(() => {
      isOver = true;
    });
    await expect
      .poll(async () => {
        await chase(guest);
        return isOver;
      })
      .toBe(true);
    await end;
  });
});

it('arena: the names of the dots stay in the field, and one’s own is You', async () => {
  const page = await open('/examples/arena');
  await untilStatus(page, 'Alone here');
  await page.evaluate(() => {
    const draw = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (label, x, y) {
      if (label) {
        const { actualBoundingBoxLeft, actualBoundingBoxRight } = this.measureText(label);
        document.title = JSON.stringify([
          label,
          x - actualBoundingBoxLeft,
          x + actualBoundingBoxRight,
          y,
        ]);
      }
      draw.call(this, label, x, y);
    };
  });
  await page.setViewportSize({ width: 800, height: 1000 });
  const box = (await page.locator('#field').boundingBox()) ?? expect.fail();
  /** Steers to a place, as shares of the field, until the name is drawn where it should be there. */
  const untilDrawn = async (x: number, y: number, isThere: (at: number[]) => boolean) => {
    await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
    await expect
      .poll(async () => {
        const [label, ...at] = JSON.parse(await page.title());
        expect(label).toBe('You');
        expect(at[0]).toBeGreaterThanOrEqual(0);
        expect(at[1]).toBeLessThanOrEqual(800);
        expect(at[2]).toBeLessThanOrEqual(800);
        return isThere(at);
      })
      .toBe(true);
  };
  await expect.poll(() => page.title()).toContain('[');
  await untilDrawn(0.005, 0.5, ([left = 800]) => left < 10);
  await untilDrawn(0.995, 0.5, ([, right = 0]) => right > 790);
  await untilDrawn(0.5, 0.995, ([left = 0, , y = 0]) => left < 400 && y > 700);
});

describe('quiz', () => {
  const ranks = (page: Page) => page.locator('#ranks li').allTextContents();

  it('names of any length and script stand in their rows, and players with as many points have the same rank', async () => {
    const ann = await open('/examples/quiz');
    await enter(ann, 'Ann');
    await untilStatus(ann, '0 of 30 are here');
    const long = 'Maximiliana Wolfeschlegelsteinhausenberg';
    const guests: Page[] = [];
    for (const name of [HEBREW, long, 'Cid']) {
      const page = await open(ann.url());
      await enter(page, name);
      await untilStatus(page, 'Ann asks.');
      guests.push(page);
    }
    const [bob = expect.fail(), , cid = expect.fail()] = guests;
    const rows = ann.locator('#ranks li');
    await expect.poll(() => rows.count()).toBe(3);
    const { name, rest } = await placesIn(rows.filter({ hasText: HEBREW }));
    expect(name.right).toBeLessThanOrEqual(rest.left);
    await ann.setViewportSize({ width: 390, height: 844 });
    const places = await placesIn(rows.filter({ hasText: long }));
    expect(places.name.right).toBeLessThanOrEqual(places.row.right);

    await press(ann, 'Begin');
    await press(cid, 'Jupiter');
    await press(bob, 'Jupiter');
    await untilStatus(ann, '2 of 3 have answered');
    await press(ann, 'Show the answer');
    const ranksOf = () =>
      rows.evaluateAll((all) => all.map((it) => it instanceof HTMLLIElement && it.value));
    await expect.poll(ranksOf).toEqual([1, 1, 3]);
  });

  it('says that somebody else asks in the moment when the host has left', async () => {
    const ann = await open('/examples/quiz');
    await enter(ann, 'Ann');
    await untilStatus(ann, '0 of 30 are here');
    const proxy = await TcpProxy.start(Number(new URL(origin()).port));
    onTestFinished(() => proxy.close());
    const bob = await open(ann.url());
    await enter(bob, 'Bob');
    const url = new URL(ann.url());
    url.port = String(proxy.port);
    const cid = await open(url.href);
    await enter(cid, 'Cid');
    await untilStatus(cid, 'Ann asks.');
    // An answer shows that there is a link.
    await press(ann, 'Begin');
    await press(cid, 'Jupiter');
    await untilStatus(ann, '1 of 2 have answered');
    for (let question = 0; question < 3; question += 1) {
      await press(ann, 'Show the answer');
      await press(ann, 'Go on');
    }
    await untilStatus(cid, 'Ann asks.');

    // Ann says goodbye over her link. Who is next comes from the server.
    proxy.hold();
    await ann.close();
    await untilStatus(cid, 'Somebody else asks.');
    proxy.letGo();
    await untilStatus(cid, 'Bob asks.');
  });

  it('two answer to the end, one reloads, and the next player asks on when the first leaves', async () => {
    const ann = await open('/examples/quiz');
    await enter(ann, 'Ann');
    await untilStatus(ann, '0 of 30 are here');
    const guests: Page[] = [];
    for (const name of ['Bob', 'Cid']) {
      const page = await open('/examples/quiz');
      await enter(page, name, await codeOf(ann));
      await untilStatus(page, 'Ann asks.');
      guests.push(page);
    }
    const [bob = expect.fail(), cid = expect.fail()] = guests;

    await press(ann, 'Begin');
    await press(bob, 'Jupiter');
    await press(cid, 'Mars');
    await untilStatus(ann, '2 of 2 have answered');
    await press(ann, 'Show the answer');
    for (const page of [ann, bob, cid]) {
      await expect.poll(() => ranks(page)).toEqual(['Bob: 1', 'Cid: 0']);
    }
    await untilStatus(bob, 'Right!');
    await untilStatus(cid, 'Wrong.');
    await expectNoFaults(cid);
    await cid.reload();
    await expect.poll(() => ranks(cid)).toEqual(['Bob: 1', 'Cid: 0']);

    await press(ann, 'Go on');
    await press(cid, 'Eight');
    await untilStatus(ann, '1 of 2 have answered');
    await cid.reload();
    await untilStatus(cid, 'Wait for the others');
    await ann.close();
    // The next host gets the answer that the first one had.
    await untilStatus(bob, '1 of 1 have answered');
    await press(bob, 'Show the answer');
    await expect.poll(() => ranks(cid)).toEqual(['Cid: 1']);
    await press(bob, 'Go on');
    await press(cid, '59');
    await untilStatus(bob, '1 of 1 have answered');
    await press(bob, 'Show the answer');
    await press(bob, 'Go on');
    await cid.getByRole('heading', { name: 'Cid won' }).waitFor();
    await expectNoFaults(bob);
    await press(bob, 'Play again');
    await expect.poll(() => ranks(cid)).toEqual(['Cid: 0']);
  });

  it('thirty answer, one of them comes late, and no more come in', async () => {
    const ann = await open('/examples/quiz');
    await enter(ann, 'Ann');
    await untilStatus(ann, '0 of 30 are here');
    // Twenty-eight players live in one page, each with its own seat, socket and link.
    const crowd = await openKitPage(context(), kitSite(), origin());
    const code = await codeOf(ann);
    await crowd.evaluate(async (code) => {
      const join = async (number: number) => {
        const where = { game: 'quiz', star: true };
        const room = await window.kit.joinRoom(where, code, { name: `Player ${number}` });
        const answer = room.makeAction('answer');
        let answered = -1;
        room.on('update', () => {
          const { number: asked, isOver } = room.state;
          if (typeof asked !== 'number' || isOver !== false || asked === answered) return;
          answered = asked;
          answer.send({ number: asked, choice: number % 3 }, { to: room.hostId });
        });
        return room;
      };
      // The next host.
      window.room = await join(0);
      // A few at a time: the page and the one who asks do the work of all of them.
      for (let first = 1; first <= 27; first += 9) {
        await Promise.all([...Array(9).keys()].map((number) => join(first + number)));
      }
    }, code);
    const bob = await open(ann.url());
    await enter(bob, 'Bob');
    await untilStatus(ann, '29 of 30 are here');

    await press(ann, 'Begin');
    await press(bob, 'Jupiter');
    await untilStatus(ann, '29 of 29 have answered');
    const cid = await open(ann.url());
    await enter(cid, 'Cid');
    await press(cid, 'Jupiter');
    await untilStatus(ann, '30 of 30 have answered');
    const dan = await open(ann.url());
    await enter(dan, 'Dan');
    await untilStatus(dan, 'The room is full');

    await press(ann, 'Show the answer');
    for (const page of [ann, cid]) {
      await expect
        .poll(async () => (await ranks(page)).filter((row) => row.endsWith(': 1')).length)
        .toBe(12);
      expect(await ranks(page)).toHaveLength(30);
    }
    // The next host has a link to everybody who is left.
    await ann.close();
    await untilLinked(crowd, 29);
    await untilStatus(bob, 'Right!');
  });
});

it('rock, paper, scissors: three play to the end, one reloads, and the host leaves', async () => {
  const ann = await open('/examples/react.html');
  await enter(ann, 'Ann');
  await untilStatus(ann, 'Tell a friend the code');
  const guests: Page[] = [];
  for (const name of ['Bob', 'Cid']) {
    const page = await open(ann.url());
    await enter(page, name);
    await untilStatus(page, 'Choose a sign.');
    guests.push(page);
  }
  const [bob = expect.fail(), cid = expect.fail()] = guests;
  const points = async (page: Page) =>
    (await page.locator('#points li').allTextContents()).map((row) => row.trim()).sort();
  const showPoints = (pages: Page[], expected: string[]) =>
    Promise.all(pages.map((page) => expect.poll(() => points(page)).toEqual(expected)));

  await press(bob, 'Paper');
  await untilStatus(bob, 'Waiting for Ann and Cid.');
  await expectNoFaults(bob);
  await bob.reload();
  await untilStatus(bob, 'Waiting for Ann and Cid.');
  await press(ann, 'Rock');
  await press(cid, 'Rock');
  await untilStatus(bob, 'Choose a sign.');
  await showPoints([ann, cid], ['Ann 0 Rock', 'Bob 2 Paper', 'Cid 0 Rock']);

  await ann.close();
  await showPoints([bob, cid], ['Bob 2 Paper', 'Cid 0 Rock']);
  await press(bob, 'Scissors');
  await press(cid, 'Paper');
  await untilStatus(cid, 'Bob has won.');
  await press(bob, 'Rock');
  await press(cid, 'Paper');
  await showPoints([bob, cid], ['Bob 0 Rock', 'Cid 1 Paper']);
});

it('rock, paper, scissors: a name that is written from right to left stands before its points', async () => {
  const page = await open('/examples/react');
  await enter(page, HEBREW);
  await untilStatus(page, 'Tell a friend the code');
  const { name, rest } = await placesIn(page.locator('#points li'));
  expect(name.right).toBeLessThanOrEqual(rest.left + 1);
});

it('stock: three chat with plain PeerJS, one reloads, and the first leaves', async () => {
  const pages = [await open('/examples/stock')];
  const [first = expect.fail()] = pages;
  await untilStatus(first, 'Alone here');
  for (let n = 0; n < 2; n += 1) pages.push(await open(first.url()));
  for (const page of pages) await untilStatus(page, '3 of 4 are here.');
  const tell = async (page: Page, text: string) => {
    await page.getByLabel('Say something').fill(text);
    await press(page, 'Send');
  };
  const [, second = expect.fail(), third = expect.fail()] = pages;
  await second.getByLabel('Your name').fill('Bob');
  await tell(second, 'Hello');
  for (const page of [first, third]) {
    await page.locator('#lines', { hasText: 'Bob: Hello' }).waitFor();
  }
  await second.locator('#lines', { hasText: 'You: Hello' }).waitFor();
  await expectNoFaults(first);

  await third.reload();
  for (const page of pages) await untilStatus(page, '3 of 4 are here.');
  await first.close();
  for (const page of [second, third]) await untilStatus(page, '2 of 4 are here.');
  await tell(third, 'Still here');
  await second.locator('#lines', { hasText: 'Somebody: Still here' }).waitFor();
});

it('video: two see each other and one without a camera sees both, with a reload and a host that leaves', async () => {
  const first = await open('/examples/video');
  await untilStatus(first, 'Alone here');
  const second = await open(first.url());
  const third = await open(first.url(), { hasCamera: false });
  await third.locator('#trouble', { hasText: 'Allow them beside the address' }).waitFor();
  const faces = (page: Page) =>
    page.locator('figure').evaluateAll((all) =>
      all
        .filter(
          (face) =>
            face.textContent?.includes('listening') ||
            (face.querySelector('video')?.videoWidth ?? 0) > 0,
        )
        .map((face) => face.textContent ?? '')
        .sort(),
    );
  /** Those who listen, and those whose picture plays. */
  const untilFaces = (page: Page, expected: string[]) =>
    expect.poll(() => faces(page)).toEqual(expected);
  await untilFaces(first, ['Friend', 'Friend (listening)', 'You']);
  await untilFaces(second, ['Friend', 'Friend (listening)', 'You']);
  await untilFaces(third, ['Friend', 'Friend', 'You (listening)']);
  await expectNoFaults(third);

  await second.reload();
  await untilFaces(first, ['Friend', 'Friend (listening)', 'You']);
  await first.close();
  await untilFaces(third, ['Friend', 'You (listening)']);
  await untilFaces(second, ['Friend (listening)', 'You']);
});
