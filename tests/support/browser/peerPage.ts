import type { PeerConnectOption, PeerJSOption } from 'peerjs';
import type { BrowserContext, Page } from 'playwright-core';
import { PATIENCE_MS } from '../patience.ts';
import { allowMedia } from './browser.ts';
import { takeTab } from './idleTabs.ts';
import type { PageServer } from './pageServer.ts';
import type {
  LiveCall,
  OpenConnection,
  Outcome,
  PeerPageEvent,
  ReceivedMessage,
} from './peerPageClient.ts';

/** How to open a peer. */
interface OpenPeerRequest {
  /** Wanted id; without it the server gives one. */
  readonly id?: string;
  /** PeerJS options, such as host, port and path. ICE servers are none unless given. */
  readonly options: PeerJSOption;
}

/** What a Peer or one of its connections reported, or "timeout". */
class PeerPageError extends Error {
  /** PeerJS error type, such as "unavailable-id", or "timeout", "closed", "not-connected". */
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.name = 'PeerPageError';
    this.type = type;
  }
}

/** Shows the peer page in a tab, by default in one that no test has. */
export async function openTab(
  context: BrowserContext,
  server: PageServer,
  tab?: Page,
): Promise<Page> {
  await allowMedia(context, server.url);
  const page = tab ?? (await takeTab(context));
  await page.goto(server.url);
  return page;
}

/**
 * Creates the tab's Peer and waits until the signaling server has accepted it. It accepts data
 * connections by itself, and answers calls with sound and picture. A tab has one peer at a time; after
 * {@link destroy} it may open another.
 *
 * @returns the peer's id
 * @throws PeerPageError with the type and message of the Peer's "error" event
 */
export async function openPeer(page: Page, request: OpenPeerRequest): Promise<string> {
  const { id, options } = request;
  const outcome = await page.evaluate((argument) => window.peerPageClient.openPeer(argument), {
    id,
    // PeerJS would ask public STUN and TURN servers by default; on one machine none is needed.
    options: { config: { iceServers: [] }, ...options },
    timeout: PATIENCE_MS,
  });
  return unwrap(outcome);
}

/**
 * Opens a data connection to another peer and waits until it can carry messages.
 *
 * @param connectOptions.timeout milliseconds, after which it fails with the type "timeout".
 * @throws PeerPageError when the peer or the connection reports an error first
 */
export async function connect(
  page: Page,
  remoteId: string,
  connectOptions: PeerConnectOption & { readonly timeout?: number } = {},
): Promise<OpenConnection> {
  const { timeout = PATIENCE_MS, ...options } = connectOptions;
  const outcome = await page.evaluate((argument) => window.peerPageClient.connect(argument), {
    remoteId,
    options,
    timeout,
  });
  return unwrap(outcome);
}

/** Sends over the newest open data connection with that peer, whichever side opened it. */
export async function send(page: Page, remoteId: string, data: string): Promise<void> {
  const outcome = await page.evaluate((argument) => window.peerPageClient.send(argument), {
    remoteId,
    data,
  });
  unwrap(outcome);
}

/** Waits until at least `count` messages have come in and gives all of them, oldest first. */
export async function received(page: Page, count: number): Promise<readonly ReceivedMessage[]> {
  const outcome = await page.evaluate((argument) => window.peerPageClient.received(argument), {
    count,
    timeout: PATIENCE_MS,
  });
  return unwrap(outcome);
}

/**
 * Calls another peer with the fake camera and microphone and waits until its media flow:
 * every remote track is live, video frames are shown and audio packets arrive.
 *
 * @throws PeerPageError when the peer or the call reports an error first
 */
export async function call(page: Page, remoteId: string): Promise<LiveCall> {
  const outcome = await page.evaluate((argument) => window.peerPageClient.call(argument), {
    remoteId,
    timeout: PATIENCE_MS,
  });
  return unwrap(outcome);
}

/** Waits on either side of a call, made or still to come, until the remote media flow. */
export async function liveCall(page: Page, remoteId: string): Promise<LiveCall> {
  const outcome = await page.evaluate((argument) => window.peerPageClient.liveCall(argument), {
    remoteId,
    timeout: PATIENCE_MS,
  });
  return unwrap(outcome);
}

/** Everything that the tab's peers and their connections emitted so far, in order. */
export async function events(page: Page): Promise<readonly PeerPageEvent[]> {
  return page.evaluate(() => window.peerPageClient.events());
}

/**
 * Waits for an event with all the given fields, for example
 * `{ type: "error", errorType: "network" }`. Events of the past count too.
 */
export async function waitForEvent(
  page: Page,
  expected: { readonly type: PeerPageEvent['type'] } & Readonly<Record<string, unknown>>,
): Promise<PeerPageEvent> {
  const outcome = await page.evaluate((argument) => window.peerPageClient.waitForEvent(argument), {
    expected,
    timeout: PATIENCE_MS,
  });
  return unwrap(outcome);
}

/**
 * Comes back to the signaling server under the same id after a disconnect.
 *
 * @returns the peer's id
 * @throws PeerPageError when the peer reports an error first
 */
export async function reconnect(page: Page): Promise<string> {
  const outcome = await page.evaluate((argument) => window.peerPageClient.reconnect(argument), {
    timeout: PATIENCE_MS,
  });
  return unwrap(outcome);
}

/** Closes the tab's peer and all its connections for good. */
export async function destroy(page: Page): Promise<void> {
  unwrap(await page.evaluate(() => window.peerPageClient.destroy()));
}

function unwrap<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) {
    throw new PeerPageError(outcome.type, outcome.message);
  }
  return outcome.value;
}
