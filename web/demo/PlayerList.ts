import { make } from '../shared/dom.ts';

/** One player to show. */
export interface Row {
  readonly id: string;
  readonly name: string;
  readonly colour: number;
  readonly isHost: boolean;
  readonly detail: string;
  readonly points: number;
  /** Whether there is a button to remove the player. */
  readonly mayKick: boolean;
}

interface Item {
  readonly element: HTMLElement;
  show(row: Row): void;
}

/** The list of players. Its elements stay while a player does, so that a button can be pressed. */
export class PlayerList {
  readonly #element: HTMLElement;
  readonly #onKick: (id: string) => void;
  readonly #items = new Map<string, Item>();

  constructor(element: HTMLElement, onKick: (id: string) => void) {
    this.#element = element;
    this.#onKick = onKick;
  }

  show(rows: readonly Row[], seats: number): void {
    const elements = rows.map((row) => {
      const item = this.#items.get(row.id) ?? this.#make(row.id);
      this.#items.set(row.id, item);
      item.show(row);
      return item.element;
    });
    for (const id of this.#items.keys()) {
      if (!rows.some((row) => row.id === id)) this.#items.delete(id);
    }
    while (elements.length < seats) {
      const free = make('li', '', 'muted');
      free.append(make('i'), make('span', 'Free seat'));
      elements.push(free);
    }
    const isSame = elements.every((it, index) => {
      const shown = this.#element.children[index];
      return it === shown || (it.className === 'muted' && shown?.className === 'muted');
    });
    if (!isSame || elements.length !== this.#element.children.length) {
      this.#element.replaceChildren(...elements);
    }
  }

  #make(id: string): Item {
    const element = make('li');
    const name = make('bdi', '', 'name');
    const host = make('span', 'host', 'crown');
    const detail = make('span', '', 'detail');
    const who = make('span', '', 'who');
    who.append(name, detail);
    const points = make('span', '', 'points');
    const kick = make('button', 'Kick', 'small');
    kick.type = 'button';
    kick.addEventListener('click', () => this.#onKick(id));
    element.append(make('i'), who, host, points, kick);
    return {
      element,
      show(row) {
        element.dataset.colour = String(row.colour);
        name.textContent = row.name;
        host.hidden = !row.isHost;
        detail.textContent = row.detail;
        points.textContent = String(row.points);
        points.title = 'Points';
        kick.hidden = !row.mayKick;
      },
    };
  }
}
