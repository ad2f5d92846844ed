import './demo.css';
import { accessKey, forgetAccessKey } from '../shared/accessKey.ts';
import { copyOnClick } from '../shared/copyButton.ts';
import { find, make } from '../shared/dom.ts';
import { fetchIceSetup } from '../shared/iceServers.ts';
import { seats } from '../shared/server.ts';
import { COLOURS, coloursOf } from './colours.ts';
import { DemoRoom, type Player } from './DemoRoom.ts';
import { type Edge, Field } from './Field.ts';
import { drawQrCode, isLocalLink, roomLink } from './invite.ts';
import type { Point } from './messages.ts';
import { isRoomName, newRoomName } from './roomName.ts';

/** Where cursors start, by colour: apart from each other, so that the mesh is visible. */
const STARTS: readonly Point[] = [
  { x: 0.28, y: 0.26 },
  { x: 0.72, y: 0.3 },
  { x: 0.68, y: 0.74 },
  { x: 0.24, y: 0.7 },
  { x: 0.5, y: 0.16 },
  { x: 0.86, y: 0.52 },
  { x: 0.5, y: 0.84 },
  { x: 0.12, y: 0.48 },
];

const status = find('#status', HTMLElement);
const retryButton = find('#retry', HTMLButtonElement);
const notice = find('#notice', HTMLElement);
const noticeTitle = find('#notice-title', HTMLElement);
const list = find('#players', HTMLUListElement);
const log = find('#log', HTMLElement);

const name = roomFromLink();
find('#room-name', HTMLElement).textContent = name;
document.title = `Room ${name} · PeerJS server`;
retryButton.addEventListener('click', () => room?.retryNow());
find('#new-room', HTMLButtonElement).addEventListener('click', () => {
  location.assign(roomLink(newRoomName(), key));
});
find('#try-again', HTMLButtonElement).addEventListener('click', () => location.reload());
addEventListener('online', () => room?.retryNow());
addEventListener('pagehide', () => room?.leave());
// A page that the browser restores from its cache has left the room.
addEventListener('pageshow', ({ persisted }) => persisted && location.reload());

let room: DemoRoom | undefined;
let isPlaced = false;
/** The names of players who have left. */
const names = new Map<string, string>();
const field = new Field(find('#field', HTMLElement), (to) => {
  room?.moveCursor(to);
  render();
});
const key = await accessKey();
showInvitation();
const { iceServers } = await fetchIceSetup(name, key);
room = new DemoRoom(name, key, iceServers, {
  changed: render,
  joined(id) {
    names.set(id, nameOf(id));
    log.append(make('p', `${nameOf(id)} joined`));
  },
  left: (id) => log.append(make('p', `${names.get(id)} left`)),
});
await room.join();

/** The room in the page's address, or a new one, which is then put into the address. */
function roomFromLink(): string {
  const url = new URL(location.href);
  const linked = url.searchParams.get('room') ?? '';
  if (isRoomName(linked)) return linked;
  const fresh = newRoomName();
  url.searchParams.set('room', fresh);
  history.replaceState(null, '', url);
  return fresh;
}

function showInvitation(): void {
  const url = roomLink(name, key);
  const link = find('#link', HTMLAnchorElement);
  link.href = url;
  link.textContent = url.replace(/^https?:\/\//, '');
  drawQrCode(find('#qr', SVGSVGElement), url);
  copyOnClick(find('#copy-link', HTMLButtonElement), () => url);
  if (isLocalLink()) {
    find('#link-note', HTMLElement).textContent =
      'This address works on this machine only: open it in another tab.';
  }
}

function render(): void {
  if (room === undefined) return;
  const { id, players } = room;
  const connected = players.filter(({ isConnected }) => isConnected);
  const colours = coloursOf([id, ...players.map((player) => player.id)]);
  const colourOf = (player: string) => colours.get(player) ?? 0;
  if (!isPlaced && room.status.kind === 'joined') {
    isPlaced = true;
    field.place(STARTS[colourOf(id)] ?? field.own);
  }

  const isIn = !['full', 'wrong-key', 'refused'].includes(room.status.kind);
  field.show(
    [
      ...connected.map((player) => ({
        id: player.id,
        name: COLOURS[colourOf(player.id)] ?? '',
        colour: colourOf(player.id),
        isOwn: false,
        at: player.cursor ?? STARTS[colourOf(player.id)] ?? { x: 0.5, y: 0.5 },
      })),
      ...(isIn && isPlaced
        ? [{ id, name: 'You', colour: colourOf(id), isOwn: true, at: field.own }]
        : []),
    ],
    isIn ? edges(id, connected) : [],
  );
  showPlayers(id, players, colourOf);
  showStatus(connected.length + 1, COLOURS[colourOf(id)] ?? '');
}

/** Every connection in the room: this page's as measured here, the others' as they report them. */
function edges(own: string, players: readonly Player[]): Edge[] {
  const all: Edge[] = players.map(({ id, roundTrip }) => ({
    from: own,
    to: id,
    label: milliseconds(roundTrip),
  }));
  for (const [index, from] of players.entries()) {
    for (const to of players.slice(index + 1)) {
      const roundTrip = from.roundTrips[to.id] ?? to.roundTrips[from.id];
      if (roundTrip === undefined) continue;
      all.push({ from: from.id, to: to.id, label: milliseconds(roundTrip) });
    }
  }
  return all;
}

function showPlayers(
  own: string,
  players: readonly Player[],
  colourOf: (id: string) => number,
): void {
  const rows = [
    { id: own, detail: 'you' },
    ...players.map(({ id, isConnected, roundTrip }) => ({
      id,
      detail: isConnected ? milliseconds(roundTrip) : 'connecting',
    })),
  ].filter(({ id }) => id !== '');
  const isIn = room?.status.kind !== 'full';
  const items = (isIn ? rows : []).map(({ id, detail }) => {
    const item = make('li');
    item.dataset.colour = String(colourOf(id));
    item.append(make('i'), make('span', COLOURS[colourOf(id)]), make('span', detail, 'detail'));
    return item;
  });
  while (items.length < Math.min(seats, COLOURS.length)) {
    const item = make('li', '', 'muted');
    item.append(make('i'), make('span', isIn ? 'Free seat' : 'Taken'));
    items.push(item);
  }
  list.replaceChildren(...items);
}

function showStatus(here: number, ownColour: string): void {
  const current = room?.status;
  if (current === undefined) return;
  retryButton.hidden = current.kind !== 'reconnecting';
  switch (current.kind) {
    case 'joining':
      say('Joining');
      return;
    case 'joined':
      say(`You are ${ownColour}. ${here} of ${seats} players ${here === 1 ? 'is' : 'are'} here.`);
      return;
    case 'reconnecting':
      say('The server cannot be reached; trying again. Connected players stay.');
      return;
    case 'unlisted':
      say(
        'Joined, but this server lists nobody (ALLOW_DISCOVERY is none), so players cannot find each other here.',
      );
      return;
    case 'full':
      say('The room is full.');
      showNotice(
        'This room is full',
        `${seats} players are in it. Open a new room and send its link, or wait for a seat.`,
      );
      return;
    case 'wrong-key':
      say('The server refused the access key.');
      forgetAccessKey();
      showNotice('Wrong access key', 'Try again with the key that the operator gave you.');
      return;
    case 'refused':
      say('The server refused this player.');
      showNotice('Not admitted', `The server says: “${current.message}”`);
      return;
    default:
      current satisfies never;
  }
}

/** Sets a text only if it differs: a screen reader reads out each change. */
function say(sentence: string): void {
  if (status.textContent !== sentence) status.textContent = sentence;
}

function showNotice(title: string, text: string): void {
  if (!notice.hidden) return;
  noticeTitle.textContent = title;
  find('#notice-text', HTMLElement).textContent = text;
  notice.hidden = false;
  find('#field-help', HTMLElement).hidden = true;
  noticeTitle.focus();
}

function nameOf(id: string): string {
  const ids = [room?.id ?? '', ...(room?.players.map((player) => player.id) ?? [])];
  return COLOURS[coloursOf(ids).get(id) ?? 0] ?? '';
}

function milliseconds(value: number | undefined): string {
  if (value === undefined) return '…';
  return value < 1 ? '<1 ms' : `${Math.round(value)} ms`;
}
