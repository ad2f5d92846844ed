import type { Place } from '../../src/metrics/Collection.ts';
import { find, make } from '../shared/dom.ts';
import { nameElement } from '../shared/visibleName.ts';
import { type Order, orderedPlaces } from './orderedPlaces.ts';

/** Rows that are shown at first, so that what stands below is found, and rows at most. */
const FEW_ROOMS = 20;
const MAX_ROOMS = 200;
const MAX_NAMES = 8;

const whole = (value: number) => Math.round(value).toLocaleString('en');

/** The table of rooms and realms, which the operator can search by names and sort. */
export class RoomTable {
  readonly #body = find('#rooms', HTMLElement);
  readonly #note = find('#rooms-note', HTMLElement);
  readonly #search = find('#search', HTMLInputElement);
  readonly #more = find('#rooms-more', HTMLButtonElement);
  readonly #headings = [...document.querySelectorAll<HTMLElement>('[data-order]')];
  #places: readonly Place[] = [];
  #order: Order = 'most peers';
  #limit = FEW_ROOMS;

  constructor() {
    this.#search.addEventListener('input', () => this.#draw());
    this.#more.addEventListener('click', () => {
      this.#limit = this.#limit === FEW_ROOMS ? MAX_ROOMS : FEW_ROOMS;
      this.#draw();
    });
    for (const heading of this.#headings) {
      const [first, second] = heading.dataset.order === 'place' ? NAME_ORDERS : PEER_ORDERS;
      find('button', HTMLButtonElement, heading).addEventListener('click', () => {
        this.#order = this.#order === first ? second : first;
        this.#draw();
      });
    }
  }

  show(places: readonly Place[]): void {
    this.#places = places;
    this.#draw();
  }

  #draw(): void {
    const found = orderedPlaces(this.#places, this.#search.value, this.#order);
    const shown = found.slice(0, this.#limit);
    this.#body.replaceChildren(...shown.map(rowOf));
    this.#note.textContent = this.#sentence(found.length, shown.length);
    this.#more.hidden = found.length <= FEW_ROOMS;
    this.#more.textContent = this.#limit === FEW_ROOMS ? 'Show more' : 'Show fewer';
    for (const heading of this.#headings) {
      heading.ariaSort = SORTS[this.#order][heading.dataset.order === 'place' ? 'place' : 'peers'];
    }
  }

  #sentence(found: number, shown: number): string {
    const all = this.#places.length;
    if (all === 0) return 'Nobody is connected.';
    const hasNames = this.#places.every(({ name }) => name !== '');
    const hidden = hasNames
      ? ''
      : ' Names are shown with an ADMIN_TOKEN, or on the machine itself.';
    if (found === 0) return `None of the ${whole(all)} matches.${hidden}`;
    if (shown < found) return `${whole(shown)} of ${whole(found)} are shown.${hidden}`;
    return found < all ? `${whole(found)} of ${whole(all)}.${hidden}` : hidden.trim();
  }
}

const PEER_ORDERS = ['most peers', 'fewest peers'] as const;
const NAME_ORDERS = ['a to z', 'z to a'] as const;

/** How each order shows in the headings, for screen readers. */
const SORTS = {
  'most peers': { place: 'none', peers: 'descending' },
  'fewest peers': { place: 'none', peers: 'ascending' },
  'a to z': { place: 'ascending', peers: 'none' },
  'z to a': { place: 'descending', peers: 'none' },
} as const satisfies Record<Order, Record<'place' | 'peers', string>>;

function rowOf({ name, peers, peerCount, managed }: Place): HTMLElement {
  const row = make('tr');
  const place = make('th', '', 'mono');
  place.scope = 'row';
  place.append(name === '' ? '(hidden)' : nameElement(name));
  if (managed?.locked) place.append(' ', make('span', 'locked', 'badge'));
  const who = make('td', '', 'who mono');
  for (const [index, peer] of peers.slice(0, MAX_NAMES).entries()) {
    const element = nameElement(shortened(peer));
    element.title = peer;
    who.append(index === 0 ? '' : ', ', element);
    if (peer === managed?.host) who.append(' ', make('span', 'host', 'badge'));
  }
  const others = peerCount - Math.min(peers.length, MAX_NAMES);
  if (others > 0) who.append(` and ${whole(others)} more`);
  const count = managed ? `${whole(peerCount)} of ${whole(managed.size)}` : whole(peerCount);
  row.append(place, make('td', count, 'number'), who);
  return row;
}

/** An id from the server has 36 characters; the first eight are enough to distinguish it. */
function shortened(id: string): string {
  const characters = [...id];
  return characters.length > 20 ? `${characters.slice(0, 8).join('')}…` : id;
}
