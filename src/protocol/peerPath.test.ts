import { describe, expect, it } from 'vitest';
import { parsePeerPath } from './peerPath.ts';

it.each([
  ['/', 'realm', '/'],
  ['', 'realm', '/'],
  ['/my-app', 'realm', '/my-app'],
  ['/my-app/v2/eu', 'realm', '/my-app/v2/eu'],
  ['/room/table-7', 'room', '/room/table-7'],
  ['/room/my-game/table-7', 'room', '/room/my-game/table-7'],
  ['/room/my-game/eu/table-7', 'room', '/room/my-game/eu/table-7'],
  ['/rooms/table-7', 'realm', '/rooms/table-7'],
  ['/games/room/table-7', 'realm', '/games/room/table-7'],
])('reads %j as a %s', (pathname, kind, name) => {
  expect(parsePeerPath(pathname)).toEqual({ kind, name });
});

describe('one place has one name', () => {
  it.each([
    ['a slash at the end', '/room/table-7/', '/room/table-7'],
    ['double slashes', '//room///table-7//', '/room/table-7'],
    ['slashes alone', '///', '/'],
    ['characters encoded that need not be', '/%72oom/t%61ble-7', '/room/table-7'],
    ['a space, encoded and not', '/room/table%207', '/room/table 7'],
    ['a slash in a segment, in lower case', '/room/a%2fb', '/room/a%2Fb'],
    ['a percent sign', '/room/50%25', '/room/50%25'],
    ['characters beyond ASCII', '/room/%e6%97%a5%E6%9C%AC', '/room/日本'],
    ['accents as characters of their own', '/room/Zoe%CC%88', '/room/Zoë'],
    ['such accents in a realm', '/cafe%CC%81/menu', '/café/menu'],
    ['the other signs', "/room/a@b:c;d=e,f+g&h$i!j'k%3F%23", "/room/a@b:c;d=e,f+g&h$i!j'k?#"],
  ])('%s', (_, pathname, name) => {
    expect(parsePeerPath(pathname)?.name).toBe(name);
  });

  it('and reading that name again changes nothing', () => {
    for (const pathname of [
      '/',
      '/a b',
      '/room/a%2Fb',
      '/room/50%25',
      '/room/%252F',
      '/room/日本',
      '/room/a/b/c',
      '/room/e%CC%81%2F',
    ]) {
      const path = parsePeerPath(pathname);
      expect(parsePeerPath(path?.name ?? '')).toEqual(path);
    }
  });
});

it('decodes a segment only once', () => {
  expect(parsePeerPath('/room/a%2520b')?.name).toBe('/room/a%2520b');
  expect(parsePeerPath('/room/a%2520b')).not.toEqual(parsePeerPath('/room/a%20b'));
});

it('keeps an encoded slash inside its segment', () => {
  expect(parsePeerPath('/room/a%2Fb')).toEqual({ kind: 'room', name: '/room/a%2Fb' });
  expect(parsePeerPath('/room%2Fa')).toEqual({ kind: 'realm', name: '/room%2Fa' });
  expect(parsePeerPath('/room/%2F')).toEqual({ kind: 'room', name: '/room/%2F' });
});

it.each([
  ['/room without a name', '/room'],
  ['/room/ without a name', '/room/'],
  ['/room spelled otherwise, without a name', '/%72oom//'],
  ['a percent sign alone', '/room/50%'],
  ['a percent sign before what is no number', '/room/%zz'],
  ['bytes that are not UTF-8', '/room/%ff%fe'],
  ['a control character in a room name', '/room/a%00b'],
  ['a control character in a realm', '/a%0Ab'],
  ['a control character beyond ASCII', '/room/%C2%85'],
  ['a blank room name', '/room/%20'],
  ['a blank part', '/room/a/%C2%A0/b'],
  ['a character without a width', '/room/ro%E2%80%8Bom'],
  ['a control of writing direction', '/a%E2%80%AEb'],
  ['a room name of 129 characters', `/room/${'a'.repeat(129)}`],
  ['a segment of 129 characters', `/a/${'a'.repeat(129)}/b`],
  ['more than 1,000 bytes in all', `${`/${'a'.repeat(127)}`.repeat(8)}/a`],
  ['more than 1,000 bytes in all, in fewer characters', `/${'日'.repeat(128)}`.repeat(3)],
])('does not read %s', (_, pathname) => {
  expect(parsePeerPath(pathname)).toBeUndefined();
});

it.each([
  ['a room name of 128 characters', `/room/${'a'.repeat(128)}`],
  ['a room name of 128 characters beyond ASCII', `/room/${encodeURIComponent('日'.repeat(128))}`],
  ['a room name of 128 encoded slashes', `/room/${'%2F'.repeat(128)}`],
  ['1,000 bytes in all', `/${'a'.repeat(124)}`.repeat(8)],
])('reads %s', (_, pathname) => {
  expect(parsePeerPath(pathname)).toBeDefined();
});
