import { describe, expect, it } from 'vitest';
import { addressOf } from './server.ts';

describe('the address of the server', () => {
  it.each([
    ['https://game.example', 'https://game.example/'],
    ['https://game.example/', 'https://game.example/'],
    ['https://game.example/signaling', 'https://game.example/signaling/'],
    ['http://localhost:9000', 'http://localhost:9000/'],
  ])('%s is %s', (server, address) => {
    expect(addressOf({ server }, 'http:').href).toBe(address);
  });

  it.each(['', 'game.example', 'file:///game', 'wss://game.example'])('is not "%s"', (server) => {
    expect(() => addressOf({ server }, 'http:')).toThrow('Say where the server is');
  });

  it('is an https one for an https page, unless it is of this machine', () => {
    const insecure = () => addressOf({ server: 'http://game.example' }, 'https:');
    expect(insecure).toThrow(expect.objectContaining({ type: 'insecure-server' }));
    for (const server of ['https://game.example', 'http://localhost:9000', 'http://127.0.0.1']) {
      expect(addressOf({ server }, 'https:').protocol).toBe(new URL(server).protocol);
    }
  });
});
