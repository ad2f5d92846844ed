/** What holds for each of the three pages, as a person with a difficult browser meets it. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { accessibilityFaults } from '../support/browser/accessibility.ts';
import { SELDOM } from '../support/browser/browser.ts';
import { blockCookies, spoil, takeTab } from '../support/browser/idleTabs.ts';
import { useContext } from '../support/browser/tabs.ts';
import { startTestServer, type TestServer } from '../support/servers.ts';
import { type StunServer, startStunServer } from '../support/stunServer.ts';

/** Many times longer than the slowest page takes. */
const PATIENCE_MS = 120_000;
const PERMISSIONS = ['camera', 'microphone'];
const KEY = 'only-for-friends';
const ADMIN_TOKEN = 'token-of-the-operator';

/** What a person does on each page, until it has done what it is for. */
const USE = {
  '': async (page) => {
    await page.locator('#run').click();
    await page.locator('#result h2', { hasText: 'It works' }).waitFor();
  },
  demo: async (page) => {
    const status = page.locator('#status', { hasText: '1 of 4 players' });
    await status.waitFor();
  },
  dashboard: async (page) => {
    await page.locator('#numbers:not([hidden])').waitFor();
  },
} as const satisfies Readonly<Record<string, (page: Page) => Promise<void>>>;
const PAGES = Object.keys(USE) as (keyof typeof USE)[];

/** What they show then or before, and the tests of each page do not. */
const STATES: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  'a room that is over': async (page) => {
    await page.goto(`${open.origin}/demo?room=nosuch`);
    await page.locator('#notice:not([hidden])').waitFor();
  },
  'a demo for those who have the key': async (page) => {
    await page.goto(`${guarded.origin}/demo`);
    await page.locator('#access-key:not([hidden])').waitFor();
  },
  'a check for those who have a token': async (page) => {
    await page.goto(`${guarded.origin}/#key=${KEY}`);
    await page.locator('#run').click();
    await page.locator('#signed-token:not([hidden])').waitFor();
  },
  'a dashboard for those who have the admin token': async (page) => {
    await page.goto(`${guarded.origin}/dashboard`);
    await page.locator('#login:not([hidden])').waitFor();
  },
  'a friend who is not there': async (page) => {
    await page.goto(`${open.origin}/?friend=abcdefgh2345`);
    await page.locator('#friend-start').click();
    await page.locator('#friend-status h3').waitFor();
  },
};

interface Site extends TestServer {
  readonly origin: string;
}

let stun: StunServer;
let open: Site;
let guarded: Site;

beforeAll(async () => {
  stun = await startStunServer();
  const start = async (settings: Readonly<Record<string, string>>): Promise<Site> => {
    const environment = { STUN_URLS: `stun:127.0.0.1:${stun.port}`, ...settings };
    const server = await startTestServer({ environment });
    return { ...server, origin: `http://127.0.0.1:${server.port}` };
  };
  const secrets = { ADMIN_TOKEN, JWT_SECRET: 'a-secret-of-at-least-32-characters' };
  [open, guarded] = await Promise.all([start({}), start({ PEERJS_KEY: KEY, ...secrets })]);
}, 300_000);
afterAll(async () => {
  await Promise.all([open.stop(), guarded.stop()]);
  stun.stop();
});

const context = useContext(
  // The list of the examples does nothing.
  () => `${open.origin}/examples`,
  async (it) => {
    // With the media permissions the browser offers its real addresses to WebRTC.
    await it.grantPermissions(PERMISSIONS);
    it.setDefaultTimeout(PATIENCE_MS);
  },
);

function newPage(): Promise<Page> {
  return takeTab(context());
}

/** Opens a page in a browser of another language. */
async function newPageIn(locale: string): Promise<Page> {
  const apart = await context().browser()?.newContext({ permissions: PERMISSIONS, locale });
  onTestFinished(() => apart?.close());
  return (await apart?.newPage()) ?? expect.fail();
}

/** Opens a page, and uses it. */
async function use(name: keyof typeof USE, page: Page): Promise<Page> {
  await page.goto(`${open.origin}/${name}`);
  await USE[name](page);
  return page;
}

/** Whether a page is wider than its window. */
function scrollsSideways(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
}

describe.each(PAGES)('/%s', (name) => {
  it('does what it is for over a slow network', async () => {
    const page = await newPage();
    spoil(page);
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      // As a poor mobile network. WebRTC is slowed down too.
      latency: 100,
      downloadThroughput: 50_000,
      uploadThroughput: 20_000,
    });
    await use(name, page);
  });

  it('does what it is for where cookies are blocked', async () => {
    const page = await newPage();
    await blockCookies(page);
    await use(name, page);
  });

  it('fits the window, from a phone to a large screen', async () => {
    const page = await use(name, await newPage());
    for (const width of [360, 768, 1280, 1920]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await scrollsSideways(page), String(width)).toBe(false);
    }
  });

  it('is used by keyboard alone, and shows where the focus is', async () => {
    const page = await use(name, await newPage());
    await page.evaluate(() => {
      const active = document.activeElement;
      if (active instanceof HTMLElement) active.blur();
    });
    const wanted = await page
      .locator(':is(a[href], button, input, [tabindex="0"]):visible:not(:disabled)')
      .count();
    const reached = new Set<string>();
    // Some more than there are: the first presses may end elsewhere.
    for (let press = 0; press < wanted + 5; press += 1) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate(() => {
        const element = document.activeElement;
        if (element === null || element === document.body) return undefined;
        const all = [...document.querySelectorAll('*')];
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        const hasRing = outlineStyle !== 'none' && outlineWidth !== '0px';
        return { at: all.indexOf(element), hasRing, html: element.outerHTML.slice(0, 100) };
      });
      if (focused === undefined) continue;
      expect(focused.hasRing, focused.html).toBe(true);
      reached.add(String(focused.at));
    }
    expect(reached.size).toBe(wanted);
  });

  it('has nothing to click on paper, which is white', async () => {
    const page = await newPage();
    await page.emulateMedia({ colorScheme: 'dark' });
    await use(name, page);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    // The headings of a table are buttons too, and stay as words.
    const toClick = page.locator(':is(nav, form, input, button):not(th *):visible');
    expect(await toClick.count()).toBe(0);
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(background).toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ media: null, colorScheme: null });
  });
});

// The dashboard's own tests have the languages, since it alone writes times and dates.
describe.each(['', 'demo'] as const)('/%s', (name) => {
  it.each(['de-DE', 'ar-EG', 'ja-JP', 'en-US@posix'])(
    'does what it is for where the language is %s',
    async (language) => {
      const isTag = !language.includes('@');
      const page = isTag ? await newPageIn(language) : await newPage();
      const errors: Error[] = [];
      page.on('pageerror', (error) => errors.push(error));
      // No language tag: what a machine without a locale says.
      if (!isTag) {
        spoil(page);
        await page.addInitScript((it) => {
          Object.defineProperty(Navigator.prototype, 'language', { get: () => it });
        }, language);
      }
      await use(name, page);
      expect(errors).toEqual([]);
    },
  );
});

describe.each(Object.keys(STATES))('%s', (state) => {
  it('has no fault that axe finds, and fits a phone', async () => {
    const page = await newPage();
    await page.setViewportSize({ width: 360, height: 780 });
    await STATES[state]?.(page);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await accessibilityFaults(page), colorScheme).toEqual([]);
    }
    await page.emulateMedia({ colorScheme: null });
    expect(await scrollsSideways(page)).toBe(false);
  });
});

it('without WebRTC the demo and the test with a friend say so, and the dashboard needs none', async () => {
  const page = await newPage();
  spoil(page);
  await page.addInitScript(() => {
    Object.assign(window, { RTCPeerConnection: undefined, webkitRTCPeerConnection: undefined });
  });
  await page.goto(`${open.origin}/demo`);
  await page.locator('#notice-title', { hasText: 'This browser has no WebRTC' }).waitFor();
  expect(await page.locator('#players').isVisible()).toBe(false);
  await page.goto(open.origin);
  await page.locator('#friend-start').click();
  await page.locator('#friend-status', { hasText: 'does not support WebRTC' }).waitFor();
  await use('dashboard', page);
});

it('the demo says what it lacks where tokens are signed', async () => {
  const page = await newPage();
  await page.goto(`${guarded.origin}/demo#key=${KEY}`);
  await page.locator('#notice-title', { hasText: 'This server wants signed tokens' }).waitFor();
});

it('the demo says so where the server does not answer', async () => {
  const page = await newPage();
  await page.route(/\/rooms(\?|$)/, (route) => route.abort('connectionrefused'));
  await page.goto(`${open.origin}/demo`);
  await page.locator('#notice-title', { hasText: 'The server does not answer' }).waitFor();
});

it('one key is enough for the check and for the test with a friend', async () => {
  const page = await newPage();
  await page.goto(guarded.origin);
  await page.locator('#run').click();
  await page.locator('#friend-start').click();
  await page.getByLabel('This server has an access key').fill(KEY);
  await page.keyboard.press('Enter');
  // Both have gone on, and tell what comes next.
  await page.locator('#signed-token:not([hidden])').waitFor();
  await page.locator('#friend-status', { hasText: 'Invalid token' }).waitFor();
});

it('the check takes the focus from nobody who has gone on', async () => {
  const page = await newPage();
  await page.goto(open.origin);
  await page.locator('#run').click();
  await page.locator('[data-copy=room]').focus();
  await page.locator('#result h2').waitFor();
  await page.locator('#run:enabled').waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-copy'))).toBe('room');

  // Whoever waits is where they were.
  const heading = await page.locator('#result h2').elementHandle();
  await page.locator('#run').press('Enter');
  await page.waitForFunction(
    (before) =>
      !before?.isConnected &&
      document.querySelector('#result h2') !== null &&
      document.activeElement?.id === 'run',
    heading,
    SELDOM,
  );
});

it('a player who waits for a friend is told that the server is lost', async () => {
  const page = await newPage();
  let lose = () => {};
  spoil(page);
  await page.routeWebSocket(/peerjs\?/, (socket) => {
    socket.connectToServer();
    lose = () => void socket.close({ code: 1012 });
  });
  await page.goto(open.origin);
  await page.locator('#friend-start').click();
  await page.locator('#friend-copy').waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('friend-copy');
  lose();
  await page.locator('#friend-status h3', { hasText: 'to the server was lost' }).waitFor();
  expect(await page.locator('#friend-link').isVisible()).toBe(false);
});

it.each([
  ['a step that runs turns', 'no-preference', true],
  ['nothing moves for whoever wants that', 'reduce', false],
] as const)('%s', async (_, reducedMotion, turns) => {
  const page = await newPage();
  await page.emulateMedia({ reducedMotion });
  await page.route('**/ice', () => new Promise(() => {}));
  await page.goto(open.origin);
  await page.locator('#run').click();
  await page.locator('[data-step=ice][data-state=running]').waitFor();
  expect(await page.evaluate(() => document.getAnimations().length > 0)).toBe(turns);
  await page.emulateMedia({ reducedMotion: null });
});
