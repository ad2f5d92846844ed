import fc from 'fast-check';

/** No peer has this id, so a frame with it as its `src` would be one that the server believed. */
export const FORGED_SRC = 'forged';

/** Ids that mean something elsewhere: to JavaScript, to a file system, to a URL. */
export const ODD_IDS = ['__proto__', '../carol', '%2e%2e%2fdave', '/room/a', 'constructor', '😀 é'];

const TYPES = ['HEARTBEAT', 'OFFER', 'ANSWER', 'CANDIDATE', 'LEAVE'];

/** A frame of a client that may be anything. Printed in short, since it may be 256 KiB. */
export interface HostileFrame {
  readonly data: string | ArrayBuffer;
}

/**
 * Text of any characters, but of no lone surrogates. It is `fc.string({ unit: 'binary' })`, for which
 * fast-check takes a second of CPU: it makes a table of all characters.
 */
export function anyText(maxLength: number): fc.Arbitrary<string> {
  const character = fc.oneof(
    fc.integer({ min: 0, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0x10ffff }),
  );
  return fc.array(character, { maxLength }).map((codes) => String.fromCodePoint(...codes));
}

/** Text with what a JSON or UTF-8 library may stumble over: control characters, lone surrogates. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  anyText(40),
  fc.string({
    unit: fc.constantFrom('\ud800', '\udfff', '\u0000', '\u2028', '\ufeff', '"', '\\', '😀', 'a'),
    maxLength: 20,
  }),
  fc.constantFrom('__proto__', 'constructor', 'toJSON', 'hasOwnProperty', ''),
);

/** Any JSON value, with the keys that once polluted prototypes. */
export const hostileJson: fc.Arbitrary<unknown> = fc
  .object({
    key: hostileText,
    values: [hostileText, fc.integer(), fc.double(), fc.boolean(), fc.constant(null)],
    maxDepth: 3,
    maxKeys: 4,
    withNullPrototype: true,
  })
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);

/**
 * How deep a frame is nested: now and then as deep as can be. Not often, since the server takes 10 ms
 * of CPU to find that it cannot write such a frame.
 */
function depthUpTo(max: number): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 24, arbitrary: fc.nat({ max: Math.min(max, 500) }) },
    { weight: 1, arbitrary: fc.nat({ max }) },
  );
}

/**
 * Frames that nobody should send. None of them is an EXPIRE, which could not be told from the
 * server's own.
 *
 * @param ids whom the frames are for, if they can be read at all.
 * @param limit the size of the largest, in bytes, which is more than half of what the server takes.
 */
export function hostileFrame(ids: readonly string[], limit: number): fc.Arbitrary<HostileFrame> {
  const type = fc.constantFrom(...TYPES);
  const dst = fc.constantFrom(...ids);
  const head = fc
    .tuple(type, dst)
    .map(([type, dst]) => `{"type":"${type}","src":"${FORGED_SRC}","dst":${JSON.stringify(dst)}`);
  const nested = depthUpTo(Math.floor(limit / 2) - 50).map((n) => '['.repeat(n) + ']'.repeat(n));
  const any = fc.oneof(hostileJson, hostileText, fc.double(), fc.constant(null), type, dst);

  const text = fc.oneof(
    { weight: 4, arbitrary: hostileText },
    { weight: 4, arbitrary: any.map((value) => JSON.stringify(value) ?? '') },
    {
      weight: 8,
      arbitrary: fc
        .record({ type: fc.oneof(type, any), src: any, dst: fc.oneof(dst, any), payload: any })
        .map((fields) => JSON.stringify({ ...fields, src: FORGED_SRC })),
    },
    // A dst that is nobody's: of any kind, too long to be an id, or nested as deep as can be.
    {
      weight: 2,
      arbitrary: fc
        .oneof(
          fc.oneof(hostileJson, fc.double(), fc.boolean()).map(json),
          fc.integer({ min: 1, max: 20_000 }).map((length) => json('x'.repeat(length))),
          nested,
        )
        .map((dst) => `{"type":"OFFER","payload":1,"dst":${dst}}`),
    },
    // A request about the room, with anything for its answer to repeat.
    {
      weight: 2,
      arbitrary: fc
        .oneof(any.map(json), nested)
        .map((rid) => `{"type":"ROOM","payload":{"rid":${rid},"set":{"ready":true}}}`),
    },
    // A field twice, and one of them as a key with an escape in it.
    {
      weight: 3,
      arbitrary: fc
        .tuple(head, dst, any)
        .map(([head, dst, value]) => `${head},"dst":${json(dst)},"\\u0064st":${json(value)}}`),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(head, any)
        .map(
          ([head, value]) => `{"__proto__":${head}},"constructor":${json(value)},${head.slice(1)}}`,
        ),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(head, any)
        .map(
          ([head, value]) => `${head},"payload":{"toJSON":${json(value)},"__proto__":[1e999,-0]}}`,
        ),
    },
    // A good frame that is cut off, or has something in the middle of it.
    {
      weight: 3,
      arbitrary: fc
        .tuple(head, hostileText, fc.nat({ max: 60 }), fc.nat({ max: 10 }))
        .map(([head, noise, at, cut]) => {
          const whole = `${head},"payload":{"sdp":"v=0"}}`;
          return whole.slice(0, at) + noise + whole.slice(at + cut);
        }),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(['[', ']'], ['{"a":', '}'], ['{"0":', '}'])
        .chain(([open = '', close = '']) =>
          fc
            .tuple(head, depthUpTo(Math.floor(limit / (open.length + 1)) - 1))
            .map(
              ([head, levels]) =>
                `${head},"payload":${open.repeat(levels)}1${close.repeat(levels)}}`,
            ),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(head, fc.constantFrom('a', 'é', '\\ud800', '1e20,'), fc.integer({ min: -9, max: 9 }))
        .map(([head, unit, more]) => {
          const bytes = new TextEncoder().encode(unit).byteLength;
          const filling = unit.repeat(
            Math.max(0, Math.floor((limit + more - head.length) / bytes)),
          );
          return unit === '1e20,'
            ? `${head},"payload":[${filling}1]}`
            : `${head},"payload":"${filling}"}`;
        }),
    },
  );
  const frame: fc.Arbitrary<string | ArrayBuffer> = fc.oneof(
    { weight: 6, arbitrary: text },
    { weight: 1, arbitrary: text.map((it) => new TextEncoder().encode(it).buffer) },
    {
      weight: 1,
      arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => new Uint8Array(bytes).buffer),
    },
  );
  return frame.map((data) => ({
    data,
    [fc.toStringMethod]: () => {
      const shown = typeof data === 'string' ? data : new TextDecoder('latin1').decode(data);
      const size = typeof data === 'string' ? data.length : data.byteLength;
      return `${typeof data === 'string' ? 'text' : 'binary'} of ${size}: ${json(shown.slice(0, 200))}`;
    },
  }));
}

function json(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}
