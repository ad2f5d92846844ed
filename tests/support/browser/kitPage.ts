import type { BrowserContext, Page } from 'playwright-core';
import type * as Kit from '../../../client/index.ts';
import { untilTrue } from './browser.ts';
import { type GameSite, openGame, startScriptSite } from './gamePage.ts';

declare global {
  interface Window {
    load(url: string): Promise<void>;
    kit: typeof Kit;
    room: Kit.Room;
    /** What has happened in the room, such as `peerjoin p-1f` or `host p-2c`. */
    happened: string[];
    /** The messages of the reliable and the unreliable action, in the order in which they came. */
    heard: unknown[];
    heardFast: unknown[];
    say: Kit.Action<unknown>;
    sayFast: Kit.Action<unknown>;
    /** The connections that this page has made, those of media included. */
    connections: RTCPeerConnection[];
    /** The data channels that this page has made itself. */
    channels: RTCDataChannel[];
    /** Ends what `wallOff` has done. */
    allowPaths(): void;
  }
}

/** The page of a game that does nothing by itself: tests drive it. */
const SCRIPT = `
  window.load = async (url) => {
    window.kit = await import(url);
    // PeerJS tries out what the browser can do.
    window.connections.length = 0;
  };
  window.happened = [];
  window.heard = [];
  window.heardFast = [];
  window.connections = [];
  window.channels = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...options) {
      super(...options);
      window.connections.push(this);
    }
    createDataChannel(...options) {
      const channel = super.createDataChannel(...options);
      window.channels.push(channel);
      return channel;
    }
  };
`;

/** How a page comes into a room. */
interface Entrance {
  readonly where: Kit.Where;
  readonly code: string;
  readonly profile?: Kit.Profile & { password?: string };
}

export function startKitSite(): Promise<GameSite> {
  return startScriptSite(SCRIPT);
}

/** Opens a tab with the kit of a server in it. */
export async function openKitPage(
  context: BrowserContext,
  site: GameSite,
  server: string,
): Promise<Page> {
  const { page } = await openGame(context, site);
  await loadKit(page, server);
  return page;
}

/** Loads the kit in a page, as it must be after a reload. */
export async function loadKit(page: Page, server: string): Promise<void> {
  await page.evaluate((url) => window.load(url), `${server}/client.bundle.js`);
}

/**
 * Comes into a room.
 *
 * @returns the id of the player.
 * @throws with the type of the `RoomError`.
 */
export async function enter(page: Page, { where, code, profile = {} }: Entrance): Promise<string> {
  return (await come(page, 'joinRoom', where, code, profile)).id;
}

/**
 * Comes into a room by one of the functions of the kit.
 *
 * @throws with the type of the `RoomError`.
 */
export function come(
  page: Page,
  how: 'joinRoom' | 'createRoom' | 'quickMatch',
  ...parameters: readonly unknown[]
): Promise<{ id: string; code: string }> {
  return page.evaluate(
    async (text) => {
      const { kit } = window;
      const [name, parameters] = JSON.parse(text) as [typeof how, never[]];
      const coming = (kit[name] as (...all: never[]) => Promise<Kit.Room>)(...parameters);
      window.room = await coming.catch((error) => {
        throw new Error(error instanceof kit.RoomError ? `${error.type}: ${error.message}` : error);
      });
      const { room, happened, heard, heardFast } = window;
      room.on('peerjoin', ({ id }) => happened.push(`peerjoin ${id}`));
      room.on('peerleave', ({ id }) => happened.push(`peerleave ${id}`));
      room.on('stream', (stream, { id }) => {
        happened.push(`stream ${id} ${stream.getTracks().length}`);
      });
      room.on('host', (id) => happened.push(`host ${id}`));
      room.on('status', (status, error) =>
        happened.push(`status ${status}${error === undefined ? '' : ` ${error.type}`}`),
      );
      window.say = room.makeAction('say');
      window.say.on((data) => heard.push(data));
      window.sayFast = room.makeAction('say-fast', { unreliable: true });
      window.sayFast.on((data) => heardFast.push(data));
      return { id: room.selfId, code: room.code };
    },
    JSON.stringify([how, parameters]),
  );
}

/** Waits until a page has a link to so many others. */
export async function untilLinked(page: Page, others: number): Promise<void> {
  await untilTrue(
    page,
    (count) => {
      const peers = [...window.room.peers.values()];
      return peers.length === count && peers.every(({ via }) => via === 'direct' || via === 'turn');
    },
    others,
  );
}

/** What a page knows of its room. */
export function viewOf(page: Page) {
  return page.evaluate(() => {
    const { selfId, hostId, isHost, players, status } = window.room;
    return { selfId, hostId, isHost, status, names: players.map(({ name }) => name) };
  });
}

/** The connections of a page that have not been closed. */
export function openConnections(page: Page): Promise<number> {
  return page.evaluate(
    () => window.connections.filter((it) => it.connectionState !== 'closed').length,
  );
}

/** Says something to all others, or to one. */
export function say(page: Page, data: unknown, to?: string): Promise<void> {
  return page.evaluate(
    ([data, to]) => window.say.send(data, to === undefined ? {} : { to: to as string }),
    [data, to],
  );
}

/** Waits until a page has heard something. */
export async function untilHeard(page: Page, data: unknown): Promise<void> {
  await untilTrue(
    page,
    (wanted) => window.heard.some((it) => JSON.stringify(it) === wanted),
    JSON.stringify(data),
  );
}

/** Waits until something has happened in the room of a page. */
export async function untilHappened(page: Page, what: string): Promise<void> {
  await untilTrue(page, (wanted) => window.happened.includes(wanted), what);
}

export function happened(page: Page): Promise<string[]> {
  return page.evaluate(() => window.happened);
}

/** Has nothing lead to a page but a TURN server, which is not there. */
export async function wallOff(page: Page): Promise<void> {
  await page.evaluate(() => {
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
}

/** Makes a page believe that it is hidden, or shown. A headless browser hides none. */
export async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((isHidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}
