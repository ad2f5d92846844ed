import { expect, it } from 'vitest';
import { REALM, TestRoom } from '../../tests/support/testRoom.ts';

function realmWithFar(): TestRoom {
  const room = new TestRoom(REALM);
  room.elsewhere.add('far');
  return room;
}

it('forwards what is for a peer in another part of the realm', () => {
  const room = realmWithFar();
  const ann = room.join('ann');
  ann.says({ type: 'OFFER', dst: 'far', payload: 1 });
  ann.says({ type: 'LEAVE', dst: 'far' });
  expect(room.forwarded).toEqual([
    {
      dst: 'far',
      awaiting: 'ann',
      frame: '{"src":"ann","type":"OFFER","dst":"far","payload":1}',
      type: 'OFFER',
    },
    {
      dst: 'far',
      awaiting: undefined,
      frame: '{"src":"ann","type":"LEAVE","dst":"far"}',
      type: 'LEAVE',
    },
  ]);
  expect(room.nextDeadline).toBeUndefined();
});

it('tells the sender that a message could not be forwarded', () => {
  const room = realmWithFar();
  const ann = room.join('ann');
  ann.take();
  ann.says({ type: 'OFFER', dst: 'far' });
  for (const message of room.forwarded) room.fail(message);
  expect(ann.take()).toEqual([{ type: 'EXPIRE', src: 'far', dst: 'ann' }]);
});

it('sends the EXPIRE of a message that came from elsewhere back there', () => {
  const room = realmWithFar();
  room.deliver({ dst: 'ann', awaiting: 'far', frame: '{"type":"OFFER"}' });
  room.pass(5000);
  expect(room.forwarded).toEqual([
    { dst: 'far', awaiting: undefined, frame: '{"type":"EXPIRE","src":"ann","dst":"far"}' },
  ]);
});

it('drops what nobody awaits and nobody is there for, so that no two parts answer each other for ever', () => {
  const room = realmWithFar();
  room.deliver({ dst: 'ann', awaiting: undefined, frame: '{"type":"EXPIRE"}' });
  expect(room.nextDeadline).toBeUndefined();
  expect(room.forwarded).toEqual([]);
});
