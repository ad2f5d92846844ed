import type { PeerConnectOption, PeerJSOption } from 'peerjs';
import type { BrowserContext, Page } from 'playwright-core';
import { PATIENCE_MS } from '../patience.ts';
import { allowMedia } from './browser.ts';
import { takeTab } from './idleTabs.ts';
import type { PageServer } from './pageServer.ts';
import type {
  LiveCall,
  MediaKinds,
  MessageData,
  OpenConnection,
  Outcome,
  PeerPageEvent,
  ReceivedMessage,
} from './peerPageClient.ts';

const ALL_MEDIA: MediaKinds = { audio: true, video: true };

/** Limit for a single wait. */
interface Patience {
  /** Milliseconds, {@link PATIENCE_MS} by default; then the helper rejects with type "timeout". */
  readonly timeout?: number;
}

/** How to open a peer. */
interface OpenPeerRequest extends Patience {
  /** Wanted id; without it the server gives one. */
  readonly id?: string;
  /** PeerJS options, such as host, port and path. ICE servers are none unless given. */
  readonly options: PeerJSOption;
  /** Media to answer calls with, all kinds by default; false leaves calls unanswered. */
  readonly answerWith?: MediaKinds | false;
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
 * Creates the tab's Peer and waits until the signaling server has accepted it. It accepts
 * data connections and answers calls by itself. A tab has one peer at a time; after
 * {@link destroy} it may open another.
 *
 * @returns the peer's id
 * @throws PeerPageError with the type and message of the Peer's "error" event
 */
export async function openPeer(page: Page, request: OpenPeerRequest): Promise<string> {
  const { id, options, answerWith = ALL_MEDIA, timeout = PATIENCE_MS } = request;
  const outcome = await page.evaluate((argument) => window.peerPageClient.openPeer(argument), {
    id,
    // PeerJS would ask public STUN and TURN servers by default; on one machine none is needed.
    options: { config: { iceServers: [] }, ...options },
    answerWith: answerWith === false ? undefined : answerWith,
    timeout,
  });
  return unwrap(outcome);
}

/**
 * Opens a data connection to another peer and waits until it can carry messages.
 *
 * @throws PeerPageError when the peer or the connection reports an error first
 */
export async function connect(
  page: Page,
  remoteId: string,
  connectOptions: PeerConnectOption & Patience = {},
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
export async function send(page: Page, remoteId: string, data: MessageData): Promise<void> {
  // Playwright's argument types cannot follow the recursive MessageData.
  const argument: { remoteId: string; data: unknown } = { remoteId, data };
  const outcome = await page.evaluate((request) => window.peerPageClient.send(request), argument);
  unwrap(outcome);
}

/** Waits until at least `count` messages have come in and gives all of them, oldest first. */
export async function received(
  page: Page,
  count: number,
  { timeout = PATIENCE_MS }: Patience = {},
): Promise<readonly ReceivedMessage[]> {
  const outcome = await page.evaluate((argument) => window.peerPageClient.received(argument), {
    count,
    timeout,
  });
  return unwrap(outcome);
}

/**
 * Calls another peer with the fake camera and microphone and waits until its media flow:
 * every remote track is live, video frames are shown and audio packets arrive.
 *
 * @throws PeerPageError when the peer or the call reports an error first
 */
export async function call(
  page: Page,
  remoteId: string,
  callOptions: Partial<MediaKinds> & Patience & { readonly metadata?: MessageData } = {},
): Promise<LiveCall> {
  const { audio, video, metadata = null, timeout = PATIENCE_MS } = callOptions;
  const kinds = { audio: audio ?? ALL_MEDIA.audio, video: video ?? ALL_MEDIA.video };
  // As in send, the recursive type of the metadata has to be hidden from Playwright.
  const argument: { remoteId: string; kinds: MediaKinds; metadata: unknown; timeout: number } = {
    remoteId,
    kinds,
    metadata,
    timeout,
  };
  const outcome = await page.evaluate((request) => window.peerPageClient.call(request), argument);
  return unwrap(outcome);
}

/** Waits on either side of a call, made or still to come, until the remote media flow. */
export async function liveCall(
  page: Page,
  remoteId: string,
  { timeout = PATIENCE_MS }: Patience = {},
): Promise<LiveCall> {
  const outcome = await page.evaluate((argument) => window.peerPageClient.liveCall(argument), {
    remoteId,
    timeout,
  });
  return unwrap(outcome);
}

/** Closes all data connections and calls with that peer. */
export async function closeConnections(page: Page, remoteId: string): Promise<void> {
  unwrap(
    await page.evaluate((argument) => window.peerPageClient.closeConnections(argument), {
      remoteId,
    }),
  );
}

/** Everything that the tab's peers and their connections emitted so far, in order. */
export async function events(page: Page): Promise<readonly PeerPageEvent[]> {
  return page.evaluate(() => window.peerPageClient.events());
}

/**
 * Waits for an event with all the given fields, for example
 * `{ type: "error", errorType: "network" }`. Events of the past count too: to wait for
 * another one, tell with `after` how many events to leave out.
 */
export async function waitForEvent(
  page: Page,
  expected: { readonly type: PeerPageEvent['type'] } & Readonly<Record<string, unknown>>,
  { after = 0, timeout = PATIENCE_MS }: Patience & { readonly after?: number } = {},
): Promise<PeerPageEvent> {
  const outcome = await page.evaluate((argument) => window.peerPageClient.waitForEvent(argument), {
    expected,
    after,
    timeout,
  });
  return unwrap(outcome);
}

/** Leaves the signaling server; connections to other peers stay. */
export async function disconnect(page: Page): Promise<void> {
  unwrap(await page.evaluate(() => window.peerPageClient.disconnect()));
}

/**
 * Comes back to the signaling server under the same id after a disconnect.
 *
 * @returns the peer's id
 * @throws PeerPageError when the peer reports an error first
 */
export async function reconnect(
  page: Page,
  { timeout = PATIENCE_MS }: Patience = {},
): Promise<string> {
  const outcome = await page.evaluate((argument) => window.peerPageClient.reconnect(argument), {
    timeout,
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
