const ADJECTIVES =
  'amber brave calm clear cosy crisp eager fair fleet gentle glad golden happy jolly keen kind lively lucky mellow merry neat nimble proud quick quiet rapid sunny swift tidy vivid warm wise';
const NOUNS =
  'badger beaver bison crane deer dolphin falcon finch fox gecko hare heron ibis koala lark lemur lynx marten mole moose newt otter owl panda puffin raven robin seal swan tiger toad wren';

/** A new name for a room: short, easy to read aloud, and very rarely in use already. */
export function newRoomName(): string {
  return [pick(ADJECTIVES.split(' ')), pick(NOUNS.split(' ')), 100 + randomBelow(900)].join('-');
}

/** Whether a name from a link can be a room of the demo. */
export function isRoomName(name: string): boolean {
  return /^[a-z\d-]{1,64}$/i.test(name);
}

function pick(words: readonly string[]): string {
  return words[randomBelow(words.length)] ?? '';
}

function randomBelow(limit: number): number {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return random % limit;
}
