import { describe, expect, it } from 'vitest';
import { clientAddress, isLoopback, socketAddress } from './clientAddress.ts';

/** The address of a request with these headers that came from `clientIp`, as workerd names it. */
function addressOf(headers: Record<string, string>, proxies = 0, clientIp?: string) {
  return clientAddress({ client: undefined, socket: clientIp }, new Headers(headers), proxies);
}

describe('the address of a client', () => {
  it('is what the platform vouches for, whatever else a request claims', () => {
    const headers = new Headers({ 'X-Forwarded-For': '198.51.100.1' });
    const address = { client: '203.0.113.7', socket: '192.0.2.1:1' };
    expect(clientAddress(address, headers, 1)).toBe('203.0.113.7');
  });

  it('is that of the socket, self-hosted', () => {
    expect(addressOf({}, 0, '203.0.113.7:54321')).toBe('203.0.113.7');
    expect(addressOf({}, 0, '[::ffff:203.0.113.7]:54321')).toBe('203.0.113.7');
    expect(addressOf({}, 0, '[2001:db8::1]:54321')).toBe('2001:db8:0:0::/56');
  });

  it('is not what a client wrote into X-Forwarded-For while no proxy is trusted', () => {
    const headers = { 'X-Forwarded-For': '198.51.100.1' };
    expect(addressOf(headers, 0, '203.0.113.7:54321')).toBe('203.0.113.7');
  });

  it('is what the farthest trusted proxy added, not what a client wrote before it', () => {
    const headers = { 'X-Forwarded-For': '198.51.100.1, 203.0.113.7 ,10.0.0.1' };
    expect(addressOf(headers, 1, '127.0.0.1:1')).toBe('10.0.0.1');
    expect(addressOf(headers, 2, '127.0.0.1:1')).toBe('203.0.113.7');
  });

  it('is that of the socket for a request that came past the proxies', () => {
    expect(addressOf({}, 1, '203.0.113.7:54321')).toBe('203.0.113.7');
    expect(addressOf({ 'X-Forwarded-For': '1.2.3.4' }, 2, '203.0.113.7:1')).toBe('203.0.113.7');
  });

  it.each([
    '127.0.0.1:1',
    '[::ffff:127.0.0.1]:1',
    '[::1]:1',
    '10.1.2.3:1',
    '172.16.0.1:1',
    '172.31.0.1:1',
    '192.168.1.1:1',
    '169.254.1.1:1',
    '[fd12::1]:1',
    '[fe80::1]:1',
  ])('is unknown where the socket ends nearby: %s', (clientIp) => {
    expect(addressOf({}, 0, clientIp)).toBeUndefined();
  });

  it.each(['172.15.0.1', '172.32.0.1', '11.0.0.1', '1.10.0.1'])('is known for %s', (address) => {
    expect(addressOf({}, 0, `${address}:1`)).toBe(address);
  });

  it('is unknown where nothing says it', () => {
    expect(addressOf({})).toBeUndefined();
  });

  it('is the same for all that a proxy names and that is none, so that making it up gains nothing', () => {
    const texts = [
      'unknown',
      '',
      '999.1.1.1',
      '1.2.3',
      '01.2.3.4',
      'a.b',
      '2001:db8',
      '_hidden',
      ':',
    ];
    const addresses = texts.map((text) => addressOf({ 'X-Forwarded-For': text }, 1));
    expect(new Set(addresses)).toEqual(new Set(['unknown']));
  });

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:0::/56'],
    ['2001:DB8:1:2::9', '2001:db8:1:0::/56'],
    ['2001:0db8:0001:0002:0003::', '2001:db8:1:0::/56'],
    ['2001:db8::', '2001:db8:0:0::/56'],
    ['[2001:db8:1:2::9]', '2001:db8:1:0::/56'],
    ['[2001:db8:1:2::9]:443', '2001:db8:1:0::/56'],
    ['2001:db8:1:12ff::9', '2001:db8:1:1200::/56'],
    ['2001:db8:1:1200::9', '2001:db8:1:1200::/56'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['0:0:0:0:0:ffff:cb00:7107', '203.0.113.7'],
    ['fe80::1%eth0', 'fe80:0:0:0::/56'],
    ['203.0.113.7:443', '203.0.113.7'],
  ])('is one for all that %s may be one of', (written, address) => {
    expect(addressOf({ 'X-Forwarded-For': written }, 1)).toBe(address);
  });
});

describe('the address of a socket', () => {
  const addressOf = (clientIp?: string) => socketAddress({ client: '1.2.3.4', socket: clientIp });

  it('is given even if it is private, or unknown', () => {
    expect(addressOf('127.0.0.1:1')).toBe('127.0.0.1');
    expect(addressOf('[fd12::1]:1')).toBe('fd12:0:0:0::/56');
    expect(addressOf('203.0.113.7:1')).toBe('203.0.113.7');
    expect(addressOf()).toBe('unknown');
  });

  it.each(['127.0.0.1:1', '127.1.2.3:1', '[::1]:1', '[::ffff:127.0.0.1]:1'])(
    'is of this machine: %s',
    (clientIp) => expect(isLoopback(addressOf(clientIp))).toBe(true),
  );

  it.each(['10.0.0.1:1', '172.17.0.1:1', '[fe80::1]:1', '[2001:db8::1]:1', undefined])(
    'is of another: %s',
    (clientIp) => expect(isLoopback(addressOf(clientIp))).toBe(false),
  );
});
