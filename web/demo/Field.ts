import { find } from '../shared/dom.ts';

/** A place on the field, as shares of its width and height. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** One cursor to draw. */
interface Cursor {
  readonly id: string;
  readonly name: string;
  readonly colour: number;
  readonly isOwn: boolean;
  /** Wears a crown. */
  readonly isHost: boolean;
  readonly at: Point;
}

/** One connection to draw, between the cursors of two players. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

interface DrawnCursor {
  readonly group: SVGGElement;
  readonly name: SVGTextElement;
  readonly crown: SVGPathElement;
  at: Point;
  target: Point;
}

interface DrawnEdge {
  readonly group: SVGGElement;
  readonly line: SVGLineElement;
  readonly label: SVGTextElement;
  readonly from: string;
  readonly to: string;
}

/** How far an arrow key moves the cursor, as a share of the field. */
const KEY_STEP = 0.025;
/** The most cursor messages a second to each player. */
const MOVES_PER_SECOND = 30;
/** The share of the way to its target that another player's cursor moves in one frame. */
const SMOOTHING = 0.4;

/** Above a cursor. */
const CROWN = 'M-8 -19L-10 -30L-4 -25L0 -32L4 -25L10 -30L8 -19Z';

/** The most letters of a name beside a cursor, and the space that they may need to each side. */
const NAME_LENGTH = 16;
const NAME_SPACE = 64;

/** The position of a label on its edge. */
const LABEL_AT = 0.32;

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The shared field: draws the cursors and the mesh between them, and moves this page's cursor. */
export class Field {
  readonly #element: HTMLElement;
  readonly #onMove: (to: Point) => void;
  readonly #edgeLayer = svgElement('g', 'edges');
  readonly #light = svgElement('circle', 'light');
  readonly #cursorLayer = svgElement('g', 'cursors');
  readonly #cursors = new Map<string, DrawnCursor>();
  readonly #edges = new Map<string, DrawnEdge>();
  readonly #isCalm = matchMedia('(prefers-reduced-motion: reduce)');
  #lightAt: Point | undefined;
  #own: Point = { x: 0.5, y: 0.5 };
  #size = { width: 0, height: 0 };
  #isFrameAsked = false;
  #moveTimer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param onMove gets the position of this page's cursor, no more often than it should be sent.
   */
  constructor(element: HTMLElement, onMove: (to: Point) => void) {
    this.#element = element;
    this.#onMove = onMove;
    find('svg', SVGSVGElement, element).append(this.#edgeLayer, this.#light, this.#cursorLayer);
    this.#light.setAttribute('r', '14');
    new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      this.#size = entry.contentRect;
      this.#askFrame();
    }).observe(element);
    element.addEventListener('pointerdown', (event) => this.#follow(event));
    element.addEventListener('pointermove', (event) => this.#follow(event));
    element.addEventListener('keydown', (event) => this.#step(event));
  }

  /** Where this page's cursor is. */
  get own(): Point {
    return this.#own;
  }

  /** Moves this page's cursor to a position. */
  place(at: Point): void {
    this.#own = at;
    this.#moved();
  }

  /** Draws these cursors and edges, and no others, and the light if there is one. */
  show(cursors: readonly Cursor[], edges: readonly Edge[], light: Point | undefined): void {
    this.#lightAt = light;
    const ids = new Set(cursors.map(({ id }) => id));
    for (const [id, { group }] of this.#cursors) {
      if (ids.has(id)) continue;
      group.remove();
      this.#cursors.delete(id);
    }
    for (const cursor of cursors) this.#showCursor(cursor);

    const keys = new Set(edges.map(({ from, to }) => `${from} ${to}`));
    for (const [key, { group }] of this.#edges) {
      if (keys.has(key)) continue;
      group.remove();
      this.#edges.delete(key);
    }
    for (const edge of edges) this.#showEdge(edge);
    this.#askFrame();
  }

  #showCursor({ id, name, colour, isOwn, isHost, at }: Cursor): void {
    let drawn = this.#cursors.get(id);
    if (drawn === undefined) {
      const group = svgElement('g', 'cursor');
      const dot = svgElement('circle');
      dot.setAttribute('r', '9');
      const label = svgElement('text');
      label.setAttribute('y', '32');
      if (isOwn) {
        const ring = svgElement('circle', 'ring');
        ring.setAttribute('r', '15');
        group.append(ring);
      }
      const crown = svgElement('path', 'crown');
      crown.setAttribute('d', CROWN);
      group.append(dot, label, crown);
      group.dataset.player = id;
      this.#cursorLayer.append(group);
      drawn = { group, name: label, crown, at, target: at };
      this.#cursors.set(id, drawn);
    }
    drawn.group.dataset.colour = String(colour);
    const letters = [...name];
    const isLong = letters.length > NAME_LENGTH;
    const short = isLong ? `${letters.slice(0, NAME_LENGTH - 1).join('')}…` : name;
    if (drawn.name.textContent !== short) drawn.name.textContent = short;
    drawn.crown.style.display = isHost ? '' : 'none';
    drawn.target = at;
    if (isOwn) drawn.at = at;
  }

  #showEdge({ from, to, label }: Edge): void {
    const key = `${from} ${to}`;
    let drawn = this.#edges.get(key);
    if (drawn === undefined) {
      const group = svgElement('g', 'edge');
      const line = svgElement('line');
      const text = svgElement('text');
      group.append(line, text);
      this.#edgeLayer.append(group);
      drawn = { group, line, label: text, from, to };
      this.#edges.set(key, drawn);
    }
    if (drawn.label.textContent !== label) drawn.label.textContent = label;
  }

  #follow(event: PointerEvent): void {
    const box = this.#element.getBoundingClientRect();
    this.place({
      x: clamp((event.clientX - box.left) / box.width),
      y: clamp((event.clientY - box.top) / box.height),
    });
  }

  #step(event: KeyboardEvent): void {
    const direction = ARROWS[event.key];
    if (direction === undefined) return;
    event.preventDefault();
    const [x, y] = direction;
    const step = event.shiftKey ? 4 * KEY_STEP : KEY_STEP;
    this.place({ x: clamp(this.#own.x + x * step), y: clamp(this.#own.y + y * step) });
  }

  #moved(): void {
    this.#moveTimer ??= setTimeout(() => {
      this.#moveTimer = undefined;
      this.#onMove(this.#own);
    }, 1000 / MOVES_PER_SECOND);
  }

  #askFrame(): void {
    if (this.#isFrameAsked) return;
    this.#isFrameAsked = true;
    requestAnimationFrame(() => {
      this.#isFrameAsked = false;
      this.#draw();
    });
  }

  #draw(): void {
    this.#light.style.display = this.#lightAt ? '' : 'none';
    if (this.#lightAt) {
      const { x, y } = this.#pixels(this.#lightAt);
      this.#light.setAttribute('cx', String(x));
      this.#light.setAttribute('cy', String(y));
    }
    for (const drawn of this.#cursors.values()) {
      this.#approach(drawn);
      const { x, y } = this.#pixels(drawn.at);
      drawn.group.setAttribute('transform', `translate(${x} ${y})`);
      // At the border, a name is beside the cursor and not in the middle below.
      drawn.name.style.textAnchor =
        x < NAME_SPACE ? 'start' : x > this.#size.width - NAME_SPACE ? 'end' : 'middle';
    }
    for (const { from, to, line, label } of this.#edges.values()) {
      const start = this.#cursors.get(from);
      const end = this.#cursors.get(to);
      if (start === undefined || end === undefined) continue;
      const a = this.#pixels(start.at);
      const b = this.#pixels(end.at);
      line.setAttribute('x1', String(a.x));
      line.setAttribute('y1', String(a.y));
      line.setAttribute('x2', String(b.x));
      line.setAttribute('y2', String(b.y));
      // Not in the middle, where the diagonals of four players cross.
      label.setAttribute('x', String(a.x + (b.x - a.x) * LABEL_AT));
      label.setAttribute('y', String(a.y + (b.y - a.y) * LABEL_AT));
    }
  }

  #approach(drawn: DrawnCursor): void {
    const { at, target } = drawn;
    const isThere = Math.hypot(target.x - at.x, target.y - at.y) < 0.001;
    if (isThere || this.#isCalm.matches) {
      drawn.at = target;
      return;
    }
    drawn.at = {
      x: at.x + (target.x - at.x) * SMOOTHING,
      y: at.y + (target.y - at.y) * SMOOTHING,
    };
    this.#askFrame();
  }

  #pixels({ x, y }: Point): Point {
    return { x: x * this.#size.width, y: y * this.#size.height };
  }
}

function svgElement<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  className = '',
): SVGElementTagNameMap[Name] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  if (className !== '') element.setAttribute('class', className);
  return element;
}

function clamp(share: number): number {
  return Math.min(Math.max(share, 0), 1);
}
