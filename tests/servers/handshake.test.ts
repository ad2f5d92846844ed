import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { useServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';

const origin = useServer({
  ALLOWED_ORIGINS:
    'null, file://, app://., http://[::1]:3000, http://my_pc:3000, https://game.example/, 7e0a4c1e-6d0b-4f0e-9f5a-1c2d3e4f5a6b',
});

/** The answer to an upgrade, before any frame. */
function headersOf(path: string, headers: Record<string, string>): Promise<Headers> {
  return new Promise((resolve, reject) => {
    const url = `${origin().replace('http', 'ws')}${path}`;
    // As a browser: it offers permessage-deflate.
    const socket = new WebSocket(url, { headers, perMessageDeflate: true });
    socket.once('error', reject);
    socket.once('upgrade', (response) => {
      resolve(new Headers(response.headers as Record<string, string>));
      socket.once('open', () => socket.close());
    });
  });
}

describe('a socket whose client offers permessage-deflate, as browsers do', () => {
  it.each([
    ['of a room', '/room/a/peerjs?key=peerjs&id=ann&token=t'],
    ['of a realm', '/peerjs?key=peerjs&id=ann&token=t'],
    ['that is refused', '/peerjs?key=wrong&id=ann&token=t'],
  ])('%s agrees on no extension', async (_, path) => {
    expect((await headersOf(path, {})).get('Sec-WebSocket-Extensions')).toBeNull();
  });

  it('carries messages as they are', async () => {
    const url = `${origin().replace('http', 'ws')}/peerjs?key=peerjs&id=deflated&token=t`;
    const socket = new WebSocket(url, { perMessageDeflate: true });
    const message = new Promise((resolve) => socket.once('message', (data) => resolve(`${data}`)));
    expect(await message).toBe('{"type":"OPEN"}');
    expect(socket.extensions).toBe('');
    socket.close();
  });
});

describe('a client that offers subprotocols', () => {
  it.each([
    ['is let in', { path: '/room/protocols' }, { type: 'OPEN' }],
    ['is refused by the Worker', { key: 'wrong' }, { type: 'ERROR' }],
  ])('gets the first of them, where it %s', async (_, options, frame) => {
    const peer = new TestPeer(origin(), { ...options, protocols: ['peerjs', 'v2.peerjs'] });
    expect(await peer.next()).toMatchObject(frame);
    expect(peer.socket.protocol).toBe('peerjs');
    peer.vanish();
  });

  it('gets it where its id is taken, which a coordinator says', async () => {
    const path = '/room/protocols';
    const holder = await TestPeer.open(origin(), { path });
    const options = { path, id: holder.id, token: 'another', protocols: ['peerjs'] };
    const late = new TestPeer(origin(), options);
    expect((await late.next()).type).toBe('ID-TAKEN');
    expect(late.socket.protocol).toBe('peerjs');
  });

  it('hears of none where it offered none', async () => {
    const path = '/peerjs?key=peerjs&id=bob&token=t';
    expect((await headersOf(path, {})).get('Sec-WebSocket-Protocol')).toBeNull();
  });
});

describe('an origin that is no URL with a host', () => {
  const connect = (Origin: string) => new TestPeer(origin(), { headers: { Origin } });

  it.each([
    'null',
    'file://',
    'app://.',
    'http://[::1]:3000',
    'http://my_pc:3000',
    'https://game.example',
    '7e0a4c1e-6d0b-4f0e-9f5a-1c2d3e4f5a6b',
  ])('may connect where it is allowed, and read answers: %s', async (Origin) => {
    expect((await connect(Origin).next()).type).toBe('OPEN');
    const response = await fetch(`${origin()}/peerjs/id`, { headers: { Origin } });
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(Origin);
  });

  it.each(['http://[::1]', 'app://other', 'nothing'])('may not where it is not: %s', async (it) => {
    expect(await connect(it).next()).toMatchObject({ payload: { type: 'origin-not-allowed' } });
  });
});

it('a peer with an id of 512 characters is called, and listed', async () => {
  const path = '/room/my-game/long-ids';
  const id = 'k'.repeat(512);
  const long = await TestPeer.open(origin(), { path, id });
  const other = await TestPeer.open(origin(), { path, id: 'other' });
  other.send({ type: 'OFFER', dst: id, payload: 1 });
  expect(await long.next()).toEqual({ type: 'OFFER', src: 'other', dst: id, payload: 1 });
  const listed = await fetch(`${origin()}${path}/peerjs/peers`);
  expect(await listed.json()).toEqual([id, 'other']);
});
