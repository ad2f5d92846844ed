import {
  IGNORED,
  MALFORMED,
  Misaddressed,
  parseClientMessage,
} from '../../src/protocol/parseClientMessage.ts';
import { parsePeerPath } from '../../src/protocol/peerPath.ts';
import { peerPathname } from '../../src/protocol/peerPathname.ts';
import { faultOfAnswer, messagesLike } from './references.ts';

/** What was not as docs/openapi.yaml and docs/asyncapi.yaml say. */
const faults: string[] = [];
const seen = new Set<string>();
const ignored = new Set<string>();

/** The faults since the last call, as sentences. */
export function takeFaults(): string[] {
  return faults.splice(0);
}

/** The names of the messages of docs/asyncapi.yaml that have gone over the wire in this process. */
export function seenMessages(): ReadonlySet<string> {
  return seen;
}

/** Another server is there, which the references do not describe. */
export function ignoreOrigin(origin: string): void {
  ignored.add(origin);
}

let isWatching = false;

/** From now on every answer that `fetch` gets is held against docs/openapi.yaml. */
export function watchFetch(): void {
  // Files that run one after the other in one process each ask for it.
  if (isWatching) return;
  isWatching = true;
  const { fetch } = globalThis;
  globalThis.fetch = async (...args) => {
    const response = await fetch(...args);
    const { method, url } = new Request(...args);
    if (ignored.has(new URL(url).origin)) return response;
    const { status, headers } = response;
    const body = await response.clone().text();
    note(faultOfAnswer({ method, url, status, headers, body }));
    return response;
  };
}

/** Holds the frames of one socket against docs/asyncapi.yaml. */
export interface FrameWatch {
  received(text: string): void;
  sent(data: string | Uint8Array<ArrayBuffer>): void;
}

/** @param url of the socket, with `http` as its scheme. */
export function watchFrames(url: string): FrameWatch | undefined {
  const { origin, pathname } = new URL(url);
  if (ignored.has(origin)) return undefined;
  const channel = parsePeerPath(peerPathname(pathname, 1))?.kind ?? 'realm';
  const look = (action: 'send' | 'receive', frame: unknown) => {
    const names = messagesLike(action, channel, frame);
    for (const name of names) seen.add(name);
    return names.length > 0;
  };
  return {
    received(text) {
      if (look('send', JSON.parse(text))) return;
      note(`asyncapi.yaml: in a ${channel} the server sends no ${text}`);
    },
    sent(data) {
      const isHandled = handles(data, channel);
      if (look('receive', parsed(data)) === isHandled) return;
      note(
        isHandled
          ? `asyncapi.yaml has no message like this, which the server handles: ${textOf(data)}`
          : `asyncapi.yaml has a message like this, which the server ignores: ${textOf(data)}`,
      );
    },
  };
}

/** Whether the server does anything at a frame but ignore it or call it malformed. */
export function handles(
  data: string | Uint8Array<ArrayBuffer>,
  channel: 'room' | 'realm' = 'realm',
): boolean {
  const message = parseClientMessage(typeof data === 'string' ? data : data.slice().buffer);
  if (message === MALFORMED || message === IGNORED) return false;
  if (message instanceof Misaddressed) return true;
  // A server that relays nothing (`RELAY`) ignores it, and reads it all the same.
  if (message.type === 'ROOM' || message.type === 'RELAY') return channel === 'room';
  return message.dst !== '' || message.type === 'LEAVE' || message.type === 'HEARTBEAT';
}

function textOf(data: string | Uint8Array<ArrayBuffer>): string {
  return typeof data === 'string' ? data : new TextDecoder().decode(data);
}

function parsed(data: string | Uint8Array<ArrayBuffer>): unknown {
  try {
    return JSON.parse(textOf(data));
  } catch {
    return undefined;
  }
}

function note(fault: string | undefined): void {
  if (fault !== undefined) faults.push(fault.slice(0, 2000));
}
