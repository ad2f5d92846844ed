import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzzing } from '../tests/support/fuzzing.ts';
import { Messages } from './Messages.ts';

/** A page with a player, and what goes to the other page on the path of now. */
interface End {
  messages: Messages;
  readonly said: string[];
  readonly heard: string[];
  readonly underWay: string[];
  /** The highest number that was under way, and how many messages have begun by then. */
  highest: number;
  begun: number;
  isInMiddle: boolean;
  isOpen: boolean;
}

function newEnd(): End {
  return {
    messages: new Messages(),
    said: [],
    heard: [],
    underWay: [],
    highest: 0,
    begun: 0,
    isInMiddle: false,
    isOpen: false,
  };
}

/** Two pages, on one path after the other. */
class Pair {
  readonly ends: readonly [End, End];
  #isRelay = false;

  constructor() {
    this.ends = [newEnd(), newEnd()];
    this.begin(false);
  }

  /** The path of before ends, with what is under way, and another one begins: a link, or the relay. */
  begin(isRelay: boolean): void {
    this.#isRelay = isRelay;
    for (const end of this.ends) {
      end.underWay.length = 0;
      end.isOpen = false;
    }
    for (const end of this.ends) this.#ask(end);
  }

  say(index: number, text: string): void {
    const end = this.#end(index);
    end.said.push(text);
    if (end.messages.add(text) && end.isOpen) end.underWay.push(text);
    this.#flush(end);
  }

  /** A sign of life, as each second. */
  tick(index: number): void {
    this.#ask(this.#end(index));
  }

  /** What an end has sent first arrives, or gets lost. */
  arrive(index: number, isLost: boolean): boolean {
    const text = this.#end(index).underWay.shift();
    if (text === undefined) return false;
    if (!(isLost && this.#isRelay)) this.#read(this.#end(1 - index), this.#end(index), text);
    return true;
  }

  /** The page of an end is reloaded, and says what is told on. */
  reload(index: number): void {
    const end = this.#end(index);
    end.messages = new Messages();
    end.heard.length = 0;
    this.begin(false);
  }

  settle(): void {
    let isMoving = true;
    while (isMoving) isMoving = [0, 1].some((index) => this.arrive(index, false));
  }

  #end(index: number): End {
    return this.ends[index] ?? expect.fail();
  }

  #ask(end: End): void {
    end.underWay.push(end.messages.question());
  }

  #read(end: End, other: End, text: string): void {
    const { messages } = end;
    const isSign = /^[<>]/.test(text);
    const message = messages.read(text);
    if (message !== undefined) end.heard.push(message);
    if (!isSign) return;
    if (text[0] === '<') end.underWay.push(messages.answer(text));
    if (!end.isOpen) {
      // What was said first may have got lost, as the other end was not there.
      if (!other.isOpen) this.#ask(end);
      end.isOpen = true;
      messages.resume();
    }
    this.#flush(end);
  }

  #flush(end: End): void {
    while (end.isOpen && end.messages.isWaiting) {
      const text = end.messages.next();
      end.underWay.push(text);
      const number = Number.parseInt(text, 10);
      if (number <= end.highest) continue;
      end.highest = number;
      if (!end.isInMiddle) end.begun += 1;
      end.isInMiddle = /^\d+\+/.test(text);
    }
  }
}

type Step =
  | { readonly do: 'say' | 'tick'; readonly end: number }
  | { readonly do: 'arrive'; readonly end: number; readonly isLost: boolean }
  | { readonly do: 'begin'; readonly isRelay: boolean };

const END = fc.nat(1);
const STEPS = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant<'say'>('say'), end: END }) },
    {
      weight: 12,
      arbitrary: fc.record({ do: fc.constant<'arrive'>('arrive'), end: END, isLost: fc.boolean() }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant<'tick'>('tick'), end: END }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant<'begin'>('begin'), isRelay: fc.boolean() }),
    },
  ),
  { maxLength: 150, size: 'max' },
);

/** Goes in pieces, one of which ends beside a character of two units. */
const LONG = `,"${'7😀'.repeat(10_000)}"`;

let count = 0;
function play(pair: Pair, steps: readonly Step[]): void {
  for (const step of steps) {
    switch (step.do) {
      case 'say':
        count += 1;
        pair.say(step.end, `["say",${count}${count % 8 === 0 ? LONG : ''}]`);
        break;
      case 'tick':
        pair.tick(step.end);
        break;
      case 'arrive':
        pair.arrive(step.end, step.isLost);
        break;
      case 'begin':
        pair.begin(step.isRelay);
    }
  }
}

describe('over any sequence of paths', () => {
  it('each message arrives once, and in order, whichever ends in the middle of something', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const pair = new Pair();
        play(pair, steps);
        pair.begin(false);
        pair.settle();
        const [ann, bob] = pair.ends;
        expect(bob.heard).toEqual(ann.said);
        expect(ann.heard).toEqual(bob.said);
        for (const index of [0, 1]) pair.tick(index);
        pair.settle();
        for (const { messages } of pair.ends) expect(messages.isUnconfirmed).toBe(false);
      }),
      fuzzing(300),
    );
  });

  it('a path that loses messages has them all in the end, as long as signs of life come', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const pair = new Pair();
        play(pair, steps);
        pair.begin(true);
        pair.settle();
        play(
          pair,
          steps.filter((step) => step.do !== 'begin'),
        );
        pair.settle();
        for (const index of [0, 1]) pair.tick(index);
        pair.settle();
        const [ann, bob] = pair.ends;
        expect(bob.heard).toEqual(ann.said);
        expect(ann.heard).toEqual(bob.said);
      }),
      fuzzing(300),
    );
  });

  it('a page that was reloaded gets what is said from then on, and nothing that the page before had got', () => {
    fc.assert(
      fc.property(STEPS, STEPS, (before, after) => {
        const pair = new Pair();
        play(pair, before);
        const [ann, bob] = pair.ends;
        // What the page before has got, or what was under way to it, is not for this one.
        const { begun: skipped } = ann;
        bob.said.length = ann.heard.length;
        pair.reload(1);
        play(pair, after);
        pair.begin(false);
        pair.settle();
        expect(bob.heard).toEqual(ann.said.slice(skipped));
        expect(ann.heard).toEqual(bob.said);
      }),
      fuzzing(300),
    );
  });
});

describe('what is kept', () => {
  const sayAll = (pair: Pair, text: string, times: number) => {
    for (let n = 0; n < times; n += 1) pair.say(0, text);
    pair.settle();
    return pair.ends[1].heard.length;
  };

  it('without a link is a thousand messages', () => {
    expect(sayAll(new Pair(), '[]', 1100)).toBe(1000);
  });

  it('without a link is less than a thousand of long ones, and one of any length', () => {
    expect(sayAll(new Pair(), `[${'x'.repeat(1_000_000)}`, 10)).toBe(4);
    expect(sayAll(new Pair(), `[${'x'.repeat(10_000_000)}`, 2)).toBe(1);
  });

  it('is no bound for what is sent on a link', () => {
    const pair = new Pair();
    pair.settle();
    expect(sayAll(pair, '[]', 1100)).toBe(1100);
  });

  it('makes room for more once it is confirmed', () => {
    const pair = new Pair();
    for (let n = 0; n < 3000; n += 1) {
      pair.say(0, '[]');
      if (n % 900 !== 0) continue;
      pair.settle();
      pair.tick(1);
      pair.settle();
    }
    pair.settle();
    expect(pair.ends[1].heard).toHaveLength(3000);
  });
});

it('a message of any length travels in pieces that the server passes on, and none is half a character', () => {
  const messages = new Messages();
  messages.read(`<0 other ${messages.question().split(' ')[1]} 0`);
  messages.add(`["say","${'"\\\n7😀€'.repeat(10_000)}"]`);
  const pieces: string[] = [];
  while (messages.isWaiting) pieces.push(messages.next());
  expect(pieces.length).toBeGreaterThan(1);
  for (const piece of pieces) {
    expect(piece.isWellFormed()).toBe(true);
    // client/Mesh.ts sends so many bytes in a second, half of what the server passes on.
    expect(Buffer.byteLength(JSON.stringify(piece))).toBeLessThan(32_768);
  }
});

it('a page that was reloaded in the middle of a message gets the next one, and not the rest of that', () => {
  const [ann, before, after] = [new Messages(), new Messages(), new Messages()];
  ann.add(LONG);
  ann.add('[2]');
  for (const bob of [before, after]) {
    bob.read(ann.question());
    ann.read(bob.question());
    if (bob === before) bob.read(ann.next());
  }
  const heard: unknown[] = [];
  while (ann.isWaiting) heard.push(after.read(ann.next()));
  expect(heard).toEqual(['[2]']);
});

it('whatever a player says, the page goes on', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (words, text) => {
      const messages = new Messages();
      messages.add('[1]');
      messages.read(`<1 ${words}`);
      messages.read(`>1 mallory${messages.question().split(' ')[1]} ${words}`);
      messages.read(text);
      messages.add('[2]');
      expect(messages.isUnconfirmed).toBe(true);
    }),
    fuzzing(200),
  );
});

it('what was confirmed to the page before a reload confirms nothing to the page after it', () => {
  const [before, after, other] = [new Messages(), new Messages(), new Messages()];
  before.add('["say",1]');
  other.read(before.question());
  before.read(other.question());
  other.read(before.next());
  const late = other.question();

  after.add('["say",2]');
  after.read(late);
  expect(after.next()).toBe('1:["say",2]');
  after.read(late);
  expect(after.isUnconfirmed).toBe(true);
});
