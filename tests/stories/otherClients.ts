import { expect } from 'vitest';
import type { PlayerOptions, Story } from './world.ts';

/** A client other than PeerJS, as its source says it speaks. */
interface OtherClient {
  readonly name: string;
  /** Where its source is. */
  readonly repository: string;
  /** How it connects, where that is unlike PeerJS. */
  connectsWith?(path: string, id: string): PlayerOptions;
  /** Its heartbeat, to the letter. */
  readonly heartbeat: string;
  /** The payload of its offers. */
  readonly offer: object;
  /** What it sends beside type, dst and payload. */
  readonly otherFields?: object;
  /** Whether it writes JSON with spaces, as Python does. */
  readonly spaced?: true;
  /** Why a frame of the server would end it, if it would. Undefined is a frame that is no JSON. */
  isEndedBy(frame: ServerFrame | undefined, id: string): string | undefined;
}

type ServerFrame = {
  type?: unknown;
  src?: unknown;
  dst?: unknown;
  payload?: unknown;
};

const SDP = 'v=0\r\no=- 42 2 IN IP4 127.0.0.1\r\n';

const CLIENTS: readonly OtherClient[] = [
  {
    name: 'peerjs-py',
    repository: 'sellpath/peerjs-py',
    // It passes itself as the token, so the token is what Python prints for an object.
    connectsWith: (path, id) => ({
      path,
      query: `key=peerjs&id=${id}&token=%3Cpeerjs_py.peer.Peer+object+at+0x7f3a5c2d1e50%3E&version=0.1.0`,
    }),
    heartbeat: '{"type": "HEARTBEAT"}',
    spaced: true,
    offer: { sdp: SDP, type: 'data', connectionId: 'dc_x1', metadata: null, label: 'dc_x1' },
    isEndedBy(frame) {
      if (frame === undefined || !('type' in frame)) return 'it reads message["type"]';
      if (frame.type === 'ERROR' && !hasText(frame.payload, 'msg'))
        return 'it reads payload["msg"]';
      if ('payload' in frame && !isObject(frame.payload)) return 'it calls payload.get';
      return undefined;
    },
  },
  {
    name: 'peerjs-go',
    repository: 'muka/peerjs-go',
    heartbeat: '{"type":"HEARTBEAT","payload":{"type":"","connectionId":""},"src":""}',
    otherFields: { src: '' },
    offer: {
      type: 'data',
      connectionId: 'dc_x2',
      label: 'dc_x2',
      serialization: 'raw',
      sdp: { type: 'offer', sdp: SDP },
      browser: 'peerjs-go',
    },
    isEndedBy(frame) {
      if (frame === undefined || frame === null) return 'it decodes every frame';
      for (const field of ['type', 'src', 'dst'] as const) {
        if (field in frame && typeof frame[field] !== 'string') return `${field} is a string`;
      }
      if ('payload' in frame && !isObject(frame.payload)) return 'payload is a struct';
      return undefined;
    },
  },
  {
    name: 'peerdart',
    repository: 'MuhammedKpln/peerdart',
    heartbeat: '{"type":"HEARTBEAT"}',
    offer: {
      sdp: { sdp: SDP, type: 'offer' },
      type: 'data',
      connectionId: 'dc_x3',
      metadata: null,
      browser: 'ds',
      label: 'dc_x3',
      reliable: false,
      serialization: 'binary',
    },
    isEndedBy(frame) {
      const known = ['OPEN', 'ERROR', 'ID-TAKEN', 'INVALID-KEY', 'LEAVE', 'EXPIRE'];
      known.push('HEARTBEAT', 'OFFER', 'ANSWER', 'CANDIDATE');
      if (!known.includes(String(frame?.type))) return 'it looks the type up in an enum';
      const { src } = frame ?? {};
      return src === undefined || typeof src === 'string' ? undefined : 'src is a String?';
    },
  },
  {
    name: 'the Android client',
    repository: 'munkhbayar-gtk/peerjs-android',
    heartbeat: '{"type":"HEARTBEAT"}',
    // Java's Gson leaves null fields out, and writes the rest in the order of the class.
    offer: {
      type: 'media',
      connectionId: 'mc_x4',
      browser: 'android',
      sdp: { type: 'offer', sdp: SDP },
    },
    isEndedBy(frame) {
      // Gson makes null of an empty text, and the client calls a method on it.
      if (!isObject(frame)) return 'it reads every frame as an object';
      if ('payload' in frame && !isObject(frame.payload)) return 'payload is an object';
      return undefined;
    },
  },
  {
    name: 'tiny-peerserver-client',
    repository: 'JoakimCh/tiny-peerserver-client',
    heartbeat: '{"type":"HEARTBEAT"}',
    offer: { sdp: { type: 'offer', sdp: SDP }, metadata: { role: 'guest' } },
    isEndedBy(frame, id) {
      const { type, dst } = frame ?? {};
      if (['OFFER', 'ANSWER', 'CANDIDATE'].includes(String(type))) {
        return dst === id ? undefined : 'it throws at a message for someone else';
      }
      const known = ['OPEN', 'ERROR', 'ID-TAKEN', 'LEAVE', 'EXPIRE'];
      return known.includes(String(type)) ? undefined : 'an unknown command is fatal to it';
    },
  },
];

/** Each client connects, beats, gets its messages, and is sent nothing that would end it. */
export const otherClients: Story[] = CLIENTS.map(
  (client): Story => ({
    name: `${client.name} stays connected, gets its messages and is sent nothing that would end it`,
    async tell(world) {
      const stock = await world.join('stock');
      const id = world.id('other');
      const other = await world.connect('other', client.connectsWith?.(world.path, id) ?? {});
      const beat = () => other.says(client.heartbeat);
      const heard = async () => {
        for (;;) {
          const frame = await other.peer.next();
          // The answers to its heartbeats come in between.
          if (frame.type !== 'LEAVE' || frame.src !== undefined) return frame;
        }
      };
      expect(await heard()).toEqual({ type: 'OPEN' });
      await beat();

      await stock.says({ type: 'OFFER', dst: id, payload: { type: 'data', sdp: { sdp: SDP } } });
      expect(await heard()).toEqual({
        type: 'OFFER',
        src: stock.id,
        dst: id,
        payload: { type: 'data', sdp: { sdp: SDP } },
      });
      await beat();

      const write = (dst: string) => {
        const frame = { ...client.otherFields, type: 'OFFER', payload: client.offer, dst };
        return client.spaced ? asPythonWrites(frame) : JSON.stringify(frame);
      };
      await other.says(write(stock.id));
      await stock.hears({ type: 'OFFER', src: id, dst: stock.id, payload: client.offer });

      await world.whileWaiting(async () => {
        await other.says(write(world.id('absent')));
        await beat();
        expect(await heard()).toEqual({
          type: 'EXPIRE',
          src: world.id('absent'),
          dst: id,
        });
      });
      await beat();
      await stock.says({ type: 'LEAVE', dst: id });
      expect(await heard()).toEqual({ type: 'LEAVE', src: stock.id, dst: id });
      await world.nothingMore(stock);

      const refused = await world.connect('refused', { key: 'wrong' });
      await refused.isRefused('Invalid key provided');
      for (const { peer } of [other, refused]) {
        for (const frame of peer.received) {
          expect(frame, 'only text frames').toBeTypeOf('string');
          expect(client.isEndedBy(read(String(frame)), peer.id), String(frame)).toBeUndefined();
        }
      }
      expect(other.peer.closed).toBeUndefined();
    },
  }),
);

/** As `json.dumps` does: a space after each comma and colon. */
function asPythonWrites(frame: object): string {
  return JSON.stringify(frame, null, 1)
    .replaceAll(/([{[])\n */g, '$1')
    .replaceAll(/\n *([}\]])/g, '$1')
    .replaceAll(/\n */g, ' ');
}

function read(text: string): ServerFrame | undefined {
  try {
    return JSON.parse(text) as ServerFrame;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasText(value: unknown, field: string): boolean {
  return isObject(value) && typeof (value as Record<string, unknown>)[field] === 'string';
}
