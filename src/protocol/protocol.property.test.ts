import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzing } from '../../tests/support/fuzzing.ts';
import {
  anyText,
  hostileFrame,
  hostileJson,
  hostileText,
  ODD_IDS,
} from '../../tests/support/hostileFrames.ts';
import { joinOf, joinRequest } from '../durable-objects/joinRequest.ts';
import { expireFrame, leaveFrame, relayFrame } from './messages.ts';
import { isValidId, isValidToken } from './names.ts';
import { isLargerThan, Misaddressed, parseClientMessage } from './parseClientMessage.ts';
import { parsePeerPath } from './peerPath.ts';
import { peerPathname } from './peerPathname.ts';
import { socketParameters } from './socketParameters.ts';

const TYPES = ['HEARTBEAT', 'OFFER', 'ANSWER', 'CANDIDATE', 'LEAVE', 'EXPIRE'] as const;
const name = hostileText.filter(isValidId);
const frame = hostileFrame(ODD_IDS, 20_000);

describe('reading a frame', () => {
  it('gives a message of a known type with a text as dst, or says what is wrong, and never throws', () => {
    fc.assert(
      fc.property(frame, ({ data }) => {
        const message = parseClientMessage(data);
        if (typeof message === 'symbol') return;
        if (message instanceof Misaddressed) {
          expect(['string', 'undefined']).not.toContain(typeof message.dst);
          return;
        }
        expect([...TYPES, 'ROOM']).toContain(message.type);
        expect(message.dst).toBeTypeOf('string');
      }),
      fuzzing(4000),
    );
  });

  it('reads bytes as it reads the text that they hold', () => {
    fc.assert(
      // Not too deep: the comparison is recursive.
      fc.property(hostileFrame(ODD_IDS, 1000), ({ data }) => {
        if (typeof data !== 'string' || !data.isWellFormed() || data.startsWith('\ufeff')) return;
        const bytes = new TextEncoder().encode(data).buffer;
        expect(parseClientMessage(bytes)).toEqual(parseClientMessage(data));
      }),
      fuzzing(2000),
    );
  });

  it('leaves the prototypes of all objects as they are', () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    fc.assert(
      fc.property(frame, ({ data }) => {
        parseClientMessage(data);
        expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
      }),
      fuzzing(1000),
    );
  });

  it('counts the bytes that a frame has on the wire', () => {
    fc.assert(
      fc.property(anyText(60), fc.nat(100), (text, limit) => {
        expect(isLargerThan(limit, text)).toBe(Buffer.byteLength(text) > limit);
        expect(isLargerThan(limit, new TextEncoder().encode(text).buffer)).toBe(
          Buffer.byteLength(text) > limit,
        );
      }),
      fuzzing(2000),
    );
  });
});

describe('writing a frame', () => {
  const message = fc.record({
    type: fc.constantFrom(...TYPES),
    dst: hostileText,
    payload: hostileJson,
  });

  it('keeps the payload as it came, whatever its keys', () => {
    const relayed = message.filter(({ type }) => type !== 'HEARTBEAT');
    fc.assert(
      fc.property(relayed, hostileText, (message, src) => {
        const text = JSON.stringify({ ...message, src: 'somebody else' });
        const read = parseClientMessage(text);
        if (typeof read === 'symbol' || read instanceof Misaddressed) {
          throw new Error('it is well formed');
        }
        // Compared as text, in which a key `__proto__` is a key like any other.
        const relayed = relayFrame(read, src);
        expect(relayed).toBe(
          JSON.stringify({ type: message.type, src, dst: message.dst, payload: message.payload }),
        );
      }),
      fuzzing(2000),
    );
  });

  it('is read as it would be if it were written again, however the client wrote its own', () => {
    const space = fc.constantFrom('', '', ' ', '\n\t');
    const key = fc.constantFrom(
      'type',
      'dst',
      'payload',
      'src',
      'd\\u0073t',
      '\\u0073rc',
      '__proto__',
    );
    const value = fc.oneof(
      fc.constantFrom(...TYPES).map((type) => JSON.stringify(type)),
      hostileJson.map((value) => JSON.stringify(value)),
      fc.constantFrom('"bob"', '1e999', '-0', '"\\ud800"', '[[]]', '{"src":"eve"}', '}', '"'),
    );
    const field = fc
      .tuple(space, key, space, value, space)
      .map(([a, key, b, value, c]) => `${a}"${key}"${b}:${value}${c}`);
    const good = ['"type":"OFFER"', '"dst":"bob"'];
    const text = fc
      .tuple(space, fc.array(field, { maxLength: 4 }), fc.boolean())
      .map(([a, fields, isGood]) => `${a}{${[...(isGood ? good : []), ...fields].join(',')}}`);
    let exact = 0;
    fc.assert(
      fc.property(text, hostileText, (text, src) => {
        const read = parseClientMessage(text);
        if (typeof read === 'symbol' || read instanceof Misaddressed || read.dst === '') return;
        if (read.text !== undefined) exact += 1;
        const anew = relayFrame({ ...read, text: undefined }, src) ?? '';
        const { type, src: from, dst, payload, ...rest } = JSON.parse(relayFrame(read, src) ?? '');
        expect(rest).toEqual({});
        // Compared as text, in which a key `__proto__` is a key like any other.
        expect(JSON.stringify({ type, src: from, dst, payload })).toBe(anew);
      }),
      fuzzing(4000),
    );
    expect(exact).toBeGreaterThan(100);
  });

  it('makes well-formed Unicode of lone surrogates, as the text of a WebSocket must be', () => {
    fc.assert(
      fc.property(message, hostileText, hostileText, (message, one, other) => {
        for (const text of [
          relayFrame({ ...message, text: undefined }, one) ?? '',
          expireFrame(one, other),
          leaveFrame(one),
        ]) {
          expect(text.isWellFormed()).toBe(true);
        }
        expect(JSON.parse(expireFrame(one, other))).toEqual({
          type: 'EXPIRE',
          src: other,
          dst: one,
        });
      }),
      fuzzing(2000),
    );
  });
});

describe('the path of a place', () => {
  /** Segments as a hostile client would write them into a URL. */
  const segment = fc.oneof(
    hostileText.map((text) => encodeURIComponent(text.toWellFormed())),
    hostileText,
    fc.string({
      unit: fc.constantFrom('%', '2', 'f', 'F', '5', 'e', '0', '.', '\\', '/', 'é', ';', '?', '#'),
      maxLength: 12,
    }),
    fc.constantFrom('room', '%72oom', 'ROOM', '.', '..', '%2e%2e', '%252e', 'a'.repeat(129)),
  );
  const pathname = fc.array(segment, { maxLength: 6 }).map((segments) => segments.join('/'));

  it('never throws at any text', () => {
    fc.assert(
      fc.property(pathname, fc.integer({ min: 1, max: 2 }), (pathname, endpointSegments) => {
        parsePeerPath(pathname);
        parsePeerPath(peerPathname(pathname, endpointSegments));
      }),
      fuzzing(4000),
    );
  });

  it('has one name, which is read as the same place again', () => {
    fc.assert(
      fc.property(pathname, (pathname) => {
        const place = parsePeerPath(new URL(`http://localhost/${pathname}`).pathname);
        if (place === undefined) return;
        expect(parsePeerPath(place.name)).toEqual(place);
      }),
      fuzzing(4000),
    );
  });

  it('is told from every other place: encoded segments never run into one another', () => {
    const segments = fc.array(name, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(segments, segments, (one, other) => {
        const nameOf = (segments: string[]) =>
          parsePeerPath(segments.map(encodeURIComponent).join('/'))?.name;
        const [first, second] = [nameOf(one), nameOf(other)];
        if (first === undefined || second === undefined) return;
        const written = (segments: string[]) => JSON.stringify(segments).normalize('NFC');
        expect(first === second).toBe(written(one) === written(other));
      }),
      fuzzing(2000),
    );
  });

  it('is a room for /room/ and one or more parts, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(name, { maxLength: 3 }), (segments) => {
        const place = parsePeerPath(segments.map(encodeURIComponent).join('/'));
        if (place === undefined) return;
        expect(place.kind === 'room').toBe(segments.length >= 2 && segments[0] === 'room');
      }),
      fuzzing(1000),
    );
  });
});

describe('the query of a socket', () => {
  it('never throws, and of a parameter given twice the last counts', () => {
    const key = fc.oneof(
      fc.constantFrom('key', 'id', 'token', 'ask', 'page', '__proto__', '%69d'),
      hostileText,
    );
    const plainText = fc.stringMatching(/^[\w.~=&-]{0,9}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.oneof(hostileText, plainText))), (pairs) => {
        const url = new URL('http://localhost/peerjs');
        url.search = pairs.map(([key, value]) => `${key}=${value}`).join('&');
        expect(socketParameters(url)).toEqual({
          key: url.searchParams.getAll('key').at(-1) ?? '',
          id: url.searchParams.getAll('id').at(-1) ?? '',
          token: url.searchParams.getAll('token').at(-1) ?? '',
          ask: url.searchParams.getAll('ask').at(-1) ?? '',
          page: url.searchParams.getAll('page').at(-1) ?? '',
        });
      }),
      fuzzing(2000),
    );
  });

  it('reaches the coordinator as it was', () => {
    const claim = fc.record({
      id: name,
      token: hostileText.filter(isValidToken),
      isOwner: fc.boolean(),
    });
    fc.assert(
      fc.property(claim, (claim) => {
        // What a URL can hold is well formed.
        const sent = { ...claim, id: claim.id.toWellFormed(), token: claim.token.toWellFormed() };
        expect(joinOf(joinRequest({ claim: sent })).claim).toEqual(sent);
      }),
      fuzzing(1000),
    );
  });
});
