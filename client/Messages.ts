/** The most characters of a piece, which may have four bytes each: the server passes on 64 KB a second. */
const PIECE = /.{1,8000}/gsu;
/**
 * The most messages and characters that are kept until they are confirmed. Others are lost if the link ends
 * before they arrive.
 */
const MAX_KEPT = 1000;
const MAX_CHARACTERS = 4_000_000;

/**
 * The reliable messages between this page and the one of another player. Each arrives once, and in
 * order, over any sequence of paths that end in the middle of something: a message has a number, and is
 * kept until the other page says in a sign of life that it has come so far. A long one travels in
 * pieces, each with a number, so that the server can pass on any. Behind the number is `+` if another
 * piece follows, and `:` if none does.
 *
 * A sign of life is `<` or `>`, a text, and after spaces the name of the page that speaks, the name of
 * the page that it believes to speak to, and the number of the last message that has come.
 */
export class Messages {
  /** The name of this page, for this other one. After a reload it is another one. */
  readonly #self = String(Math.random());
  /** The name of the other page. Empty: not heard yet. */
  #other = '';
  /** Whether the other page has heard of this one: only then can it place a message. */
  #isKnown = false;
  /** What is not confirmed, from the number after `#confirmed` on. */
  readonly #kept: string[] = [];
  #confirmed = 0;
  /** How many of these were sent on the path of now, and on any. */
  #sent = 0;
  #sentEver = 0;
  /** The number of the last one that has come from the other page. */
  #come = 0;
  /** What has come of a message in pieces. */
  #begun = '';

  /**
   * Takes a message that is to be sent. It is sent by `next`, unless it is beyond the bound.
   *
   * @returns whether it is beyond the bound, and overtakes none if it is sent as it is.
   */
  add(text: string): boolean {
    const characters = this.#kept.reduce((sum, { length }) => sum + length, 0);
    const isBeyond = this.#kept.length >= MAX_KEPT || characters >= MAX_CHARACTERS;
    if (!isBeyond) {
      const pieces = text.match(PIECE) ?? [''];
      pieces.forEach((piece, index) => {
        this.#kept.push((index < pieces.length - 1 ? '+' : ':') + piece);
      });
    }
    return isBeyond && this.#sent === this.#kept.length;
  }

  /** Whether some messages are not known to have arrived. */
  get isUnconfirmed(): boolean {
    return this.#kept.length > 0;
  }

  /** Whether some messages are to be sent, once there is a path. */
  get isWaiting(): boolean {
    return this.#isKnown && this.#sent < this.#kept.length;
  }

  /** The next one that is to be sent, as it travels. */
  get upcoming(): string {
    return this.#confirmed + this.#sent + 1 + (this.#kept[this.#sent] ?? '');
  }

  /** @returns the next one, which is sent now. */
  next(): string {
    const { upcoming } = this;
    this.#sent += 1;
    this.#sentEver = Math.max(this.#sentEver, this.#sent);
    return upcoming;
  }

  /** There is a new path, or what was sent on this one got lost. */
  resume(): void {
    this.#sent = 0;
  }

  get #words(): string {
    return ` ${this.#self} ${this.#other} ${this.#come}`;
  }

  /**
   * A sign of life that wants an answer.
   *
   * @param about by default what was sent last: where the question goes the same way, the answer tells
   *   whether it got lost. A negative number, such as a time, asks nothing of this.
   */
  question(about = this.#confirmed + this.#sent): string {
    return `<${about}${this.#words}`;
  }

  answer(question: string): string {
    return `>${question.slice(1).split(' ')[0]}${this.#words}`;
  }

  /**
   * Reads what comes.
   *
   * @returns a message as it was said, unless it has come before, is not complete, or one before it has
   *   not come.
   */
  read(text: string): string | undefined {
    if (/^[<>]/.test(text)) {
      this.#hear(text);
      return undefined;
    }
    const [, number, mark, piece = ''] = /^(\d+)([+:])(.*)/s.exec(text) ?? [];
    if (!number) return text;
    if (Number(number) !== this.#come + 1) return undefined;
    this.#come += 1;
    const message = this.#begun + piece;
    this.#begun = mark === '+' ? message : '';
    return mark === '+' ? undefined : message;
  }

  /** Reads a sign of life. */
  #hear(sign: string): void {
    const [about = '', other = '', of, come] = sign.split(' ');
    if (other !== this.#other) {
      this.#other = other;
      // What was sent before was for another page. The new page gets the state instead.
      let count = this.#sentEver;
      while (this.#kept[count - 1]?.[0] === '+') count += 1;
      this.#drop(count);
      this.#confirmed = 0;
      this.#come = 0;
      this.#begun = '';
      this.#isKnown = false;
    }
    if (of !== this.#self) return;
    this.#isKnown = true;
    this.#drop(Number(come) - this.#confirmed);
    // A message that was sent before the question has not arrived.
    if (Number(come) < Number(about.replace('>', ''))) this.resume();
  }

  #drop(count: number): void {
    const { length } = this.#kept.splice(0, count);
    this.#confirmed += length;
    this.#sent = Math.max(this.#sent - length, 0);
    this.#sentEver = Math.max(this.#sentEver - length, 0);
  }
}
