import type { BrowserContext, Page } from 'playwright-core';
import type * as Kit from '../../../client/index.ts';
import { type GameSite, openGame, startGameSite } from './gamePage.ts';

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
  }
}

/** The page of a game that does nothing by itself: tests drive it. */
const SCRIPT = `
  window.load = async (url) => {
    window.kit = await import(url);
  };
  window.happened = [];
  window.heard = [];
  window.heardFast = [];
  window.connections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...options) {
      super(...options);
      window.connections.push(this);
    }
  };
`;

/** How a page comes into a room. */
export interface Entrance {
  readonly where: Kit.Where;
  readonly code: string;
  readonly profile?: Kit.Profile & { password?: string };
}

export function startKitSite(): Promise<GameSite> {
  return startGameSite(SCRIPT);
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
export function enter(page: Page, entrance: Entrance): Promise<string> {
  return page.evaluate(async ({ where, code, profile }) => {
    const { kit } = window;
    window.room = await kit.joinRoom(where, code, profile).catch((error) => {
      throw new Error(error instanceof kit.RoomError ? `${error.type}: ${error.message}` : error);
    });
    const { room, happened, heard, heardFast } = window;
    room.on('peerjoin', ({ id }) => happened.push(`peerjoin ${id}`));
    room.on('peerleave', ({ id }) => happened.push(`peerleave ${id}`));
    room.on('host', (id) => happened.push(`host ${id}`));
    room.on('status', (status, error) =>
      happened.push(`status ${status}${error === undefined ? '' : ` ${error.type}`}`),
    );
    window.say = room.makeAction('say');
    window.say.on((data) => heard.push(data));
    window.sayFast = room.makeAction('say-fast', { unreliable: true });
    window.sayFast.on((data) => heardFast.push(data));
    return room.selfId;
  }, entrance);
}

/** Waits until a page has a link to so many others. */
export async function untilLinked(page: Page, others: number): Promise<void> {
  await page.waitForFunction((count) => {
    const peers = [...window.room.peers.values()];
    return peers.length === count && peers.every(({ via }) => via === 'direct' || via === 'turn');
  }, others);
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
