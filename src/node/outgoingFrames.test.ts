import type { Writable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as ws from 'ws';
import { textFrames } from './outgoingFrames.ts';

/** `ws` exports it, which its types do not say. */
const { Receiver } = ws as unknown as {
  Receiver: new (
    options: object,
  ) => Writable & {
    on(event: 'message', listener: (data: Buffer) => void): Writable;
  };
};

/** The texts that a client of `ws` reads from these bytes. */
function textsIn(bytes: Buffer): string[] {
  const texts: string[] = [];
  const client = new Receiver({ isServer: false });
  client
    .on('message', (data) => texts.push(data.toString()))
    .on('error', (error: Error) => {
      throw error;
    });
  client.write(bytes);
  return texts;
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
  // Where the length takes two or eight bytes, and where its bytes are more than 127.
  fc
    .tuple(fc.constantFrom('a', 'é', '日', '🎲'), fc.constantFrom(125, 126, 200, 16_000, 65_536))
    .map(([character, length]) => character.repeat(length)),
);

it('texts arrive as they were, whatever is in them and beside them', () => {
  fc.assert(
    fc.property(fc.array(anyText, { maxLength: 5 }), (texts) => {
      expect(textsIn(Buffer.from(textFrames(texts), 'latin1'))).toEqual(texts);
    }),
  );
});
