import { expect, it } from 'vitest';
import { type FakePeer, REALM, TestRoom } from '../../tests/support/testRoom.ts';

it.each(['OFFER', 'ANSWER', 'CANDIDATE', 'LEAVE', 'EXPIRE'])(
  'relays %s to its dst alone',
  (type) => {
    const room = new TestRoom();
    const [ann, bob, cid] = room.joinAll('ann', 'bob', 'cid') as [FakePeer, FakePeer, FakePeer];
    ann.says({ type, dst: 'bob', payload: { sdp: 'x' } });

    expect(bob.take()).toEqual([{ type, src: 'ann', dst: 'bob', payload: { sdp: 'x' } }]);
    expect(cid.take()).toEqual([]);
    expect(ann.take()).toEqual([]);
    expect(room.nextDeadline).toBeUndefined();
  },
);

it('sets src itself, whatever the client claims', () => {
  const room = new TestRoom();
  const [ann, bob] = room.joinAll('ann', 'bob', 'cid') as [FakePeer, FakePeer];
  ann.says({ type: 'OFFER', src: 'cid', dst: 'bob' });
  expect(bob.take()).toEqual([{ type: 'OFFER', src: 'ann', dst: 'bob' }]);
});

it('relays what is in binary frames as the text it is', () => {
  const room = new TestRoom();
  const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
  const bytes = new TextEncoder().encode('{"type":"OFFER","dst":"bob","payload":"é"}');
  ann.says(bytes.buffer);
  expect(bob.take()).toEqual([{ type: 'OFFER', src: 'ann', dst: 'bob', payload: 'é' }]);
});

it('delivers a message to oneself', () => {
  const room = new TestRoom();
  const [ann] = room.joinAll('ann') as [FakePeer];
  ann.says({ type: 'OFFER', dst: 'ann', payload: 1 });
  expect(ann.take()).toEqual([{ type: 'OFFER', src: 'ann', dst: 'ann', payload: 1 }]);
});

it.each(['LEAVE', 'EXPIRE'])('forgets %s to nobody', (type) => {
  const room = new TestRoom();
  const [ann] = room.joinAll('ann') as [FakePeer];
  ann.says({ type, dst: 'nobody' });

  expect(room.nextDeadline).toBeUndefined();
  expect(room.join('nobody').take()).toEqual([{ type: 'OPEN' }]);
  expect(ann.take()).toEqual([]);
});

it.each(['OFFER', 'ANSWER', 'CANDIDATE', 'EXPIRE'])('ignores %s without dst', (type) => {
  const room = new TestRoom();
  const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
  ann.says({ type, payload: 1 });
  expect([...ann.take(), ...bob.take()]).toEqual([]);
  expect(room.nextDeadline).toBeUndefined();
});

it.each([
  ['an unknown type', '{"type":"HELLO","dst":"bob"}'],
  ['OPEN, which only the server says', '{"type":"OPEN","dst":"bob"}'],
  ['no type', '{"dst":"bob"}'],
  ['a type that is no text', '{"type":1,"dst":"bob"}'],
  ['text that is not JSON', 'OFFER bob'],
  ['an array', '[{"type":"OFFER","dst":"bob"}]'],
  ['null', 'null'],
  ['an empty frame', ''],
  ['a heartbeat spelled in its own way', '{"type": "HEARTBEAT"}'],
  ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0x00]).buffer],
])('answers nothing to %s, and the socket stays usable', (_, frame) => {
  for (const policy of [{}, REALM]) {
    const room = new TestRoom(policy);
    const [ann, bob] = room.joinAll('ann', 'bob') as [FakePeer, FakePeer];
    ann.says(frame);
    expect([...ann.take(), ...bob.take()]).toEqual([]);
    expect(ann.closed).toBeUndefined();

    ann.says({ type: 'OFFER', dst: 'bob' });
    expect(bob.take()).toEqual([{ type: 'OFFER', src: 'ann', dst: 'bob' }]);
  }
});

it('ignores a connection that it has never seen', () => {
  const room = new TestRoom();
  const other = new TestRoom();
  const [stranger] = other.joinAll('ann') as [FakePeer];
  const [bob] = room.joinAll('bob') as [FakePeer];
  room.receive(stranger, '{"type":"OFFER","dst":"bob"}');
  room.disconnect(stranger);
  expect(bob.take()).toEqual([]);
  expect(room.nextDeadline).toBeUndefined();
});
