import { expect, it, vi } from 'vitest';
import { IncomingFrames } from './IncomingFrames.ts';

const MIB = 1_048_576;

function client() {
  const handler = {
    maxMessageBytes: MIB,
    received: vi.fn(),
    skipped: vi.fn(),
    pinged: vi.fn(),
    ponged: vi.fn(),
    concluded: vi.fn(),
    broke: vi.fn(),
  };
  return { frames: new IncomingFrames(handler), ...handler };
}

/** A text of one letter, masked with zeros. */
function textOf(length: number): Buffer {
  const header = Buffer.alloc(14);
  header[0] = 0x81;
  header[1] = 0xff;
  header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, Buffer.alloc(length, 'a')]);
}

it('messages of which a part is missing take 64 MiB in all: the largest are let go of, and the small ones arrive', () => {
  const long = textOf(MIB);
  const short = textOf(3000);
  const modest = client();
  modest.frames.read(short.subarray(0, 2000));
  const greedy = Array.from({ length: 200 }, client);
  for (const { frames } of greedy) frames.read(long.subarray(0, -1));

  const held = greedy.reduce((sum, { frames }) => sum + frames.heldBytes, 0);
  expect(held).toBeLessThanOrEqual(64 * MIB);
  expect(held).toBeGreaterThan(32 * MIB);

  modest.frames.read(short.subarray(2000));
  expect(modest.received).toHaveBeenCalledWith('a'.repeat(3000));
  for (const { frames } of greedy) frames.read(Buffer.concat([long.subarray(-1), short]));
  for (const { received, skipped, broke } of greedy) {
    // Its sender is told of each that is lost, and heard again.
    expect(received.mock.calls.length + skipped.mock.calls.length).toBe(2);
    if (skipped.mock.calls.length > 0) expect(skipped.mock.calls[0]?.[1]).toBe(MIB);
    expect(received).toHaveBeenLastCalledWith('a'.repeat(3000));
    expect(broke).not.toHaveBeenCalled();
  }
  for (const { frames } of greedy) expect(frames.heldBytes).toBe(0);
});

it('a client that is gone holds nothing', () => {
  const { frames } = client();
  frames.read(textOf(1000).subarray(0, 900));
  expect(frames.heldBytes).toBe(900);
  frames.end();
  expect(frames.heldBytes).toBe(0);
});
