import './demo.css';
import { createRoom, joinRoom, type Room, RoomError } from '../../client/index.ts';
import { isVisible } from '../../src/protocol/visible.ts';
import { accessKey, forgetAccessKey } from '../shared/accessKey.ts';
import { shareOnClick } from '../shared/copyButton.ts';
import { find, make } from '../shared/dom.ts';
import { isLocalPage, LOCAL_PAGE_NOTE } from '../shared/localPage.ts';
import { nameElement } from '../shared/visibleName.ts';
import { COLOURS, coloursOf } from './colours.ts';
import { type Edge, Field, type Point } from './Field.ts';
import { Hunt } from './Hunt.ts';
import { drawQrCode, roomLink } from './invite.ts';
import { PlayerList } from './PlayerList.ts';
import { wayTo } from './wayTo.ts';

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
/** How often players tell each other of their ways to the others. */
const WAYS_EVERY_MS = 2000;

const isNarrow = matchMedia('(max-width: 640px)');

/** The way to each other player, as an edge is labelled. */
type Ways = Readonly<Record<string, string>>;

/** Why somebody is not in the room, and what to do about it. */
interface Explanation {
  readonly title: string;
  readonly text: string;
  /** Whether another room would do, and whether this one may in a moment. Both by default. */
  readonly helps?: { readonly newRoom?: boolean; readonly again?: boolean };
}

/** All other errors speak for themselves. */
const EXPLANATIONS: Partial<Record<RoomError['type'], Explanation>> = {
  'room-full': {
    title: 'This room is full',
    text: 'All its seats are taken. Open a new room and send its link, or wait for a seat.',
  },
  'no-such-room': {
    title: 'This room is over',
    text: 'Everybody has left it. Open a new one and send its link.',
    helps: { newRoom: true },
  },
  'invalid-key': {
    title: 'Wrong access key',
    text: 'Try again with the key that the operator gave you.',
    helps: { again: true },
  },
  kicked: {
    title: 'You were removed',
    text: 'The host of the room has removed you.',
    helps: { newRoom: true },
  },
  'invalid-token': {
    title: 'This server wants signed tokens',
    text: 'The demo has none. The connection check takes one.',
    helps: {},
  },
  'no-webrtc': {
    title: 'This browser has no WebRTC',
    text: 'An extension, a privacy setting or a company policy may have switched it off: try a private window or another browser.',
    helps: { again: true },
  },
  'no-server': {
    title: 'The server does not answer',
    text: 'Is this device online? Try again in a moment.',
    helps: { again: true },
  },
};

const status = find('#status', HTMLElement);
const stage = find('.stage', HTMLElement);
const aside = find('aside', HTMLElement);
const notice = find('#notice', HTMLElement);
const invite = find('.invite', HTMLElement);
const log = find('#log', HTMLElement);

const newRoom = find('#new-room', HTMLButtonElement);
newRoom.addEventListener('click', () => {
  location.assign(new URL(`demo${location.hash}`, location.href));
});
const tryAgain = find('#try-again', HTMLButtonElement);
tryAgain.addEventListener('click', () => location.reload());

const key = await accessKey();
const room = await enter().catch(explain);
if (room) play(room);

/** Comes into the room of the link, or makes one. */
async function enter(): Promise<Room> {
  say('Joining');
  // Below the path that a proxy serves the server at.
  const where = { server: new URL('.', location.href).href, game: 'demo', key };
  const code = new URLSearchParams(location.search).get('room');
  const room = code ? await joinRoom(where, code) : await createRoom(where);
  history.replaceState(null, '', roomLink(room.code, key));
  return room;
}

function play(room: Room): void {
  const move = room.makeAction<Point>('move', { unreliable: true });
  const ways = room.makeAction<Ways>('ways', { unreliable: true });
  const cursors = new Map<string, Point>();
  /** The names of all players, also of those who have left. */
  const names = new Map<string, string>();
  const list = new PlayerList(find('#players', HTMLUListElement), (id) => {
    // They may have gone by themselves.
    room.kick(id).catch(() => {});
  });
  const reported = new Map<string, Ways>();
  const field = new Field(find('#field', HTMLElement), (to) => {
    move.send(to);
    hunt.moved(to);
    render();
  });
  const hunt = new Hunt(room, () => render());

  showInvitation(room.code);
  const nameInput = find('#name', HTMLInputElement);
  nameInput.addEventListener('input', () => nameInput.setCustomValidity(''));
  nameInput.addEventListener('change', () => {
    const name = nameInput.value.trim();
    nameInput.setCustomValidity(isVisible(name) ? '' : 'Use visible characters only.');
    if (!nameInput.reportValidity()) return;
    // The server is away: the name is told when it is back.
    room.set({ name }).catch(() => {});
  });

  move.on((to, { from }) => {
    cursors.set(from, to);
    render();
  });
  ways.on((all, { from }) => reported.set(from, all));
  setInterval(() => {
    ways.send(Object.fromEntries([...room.peers].map(([id]) => [id, wayTo(room.peers.get(id))])));
  }, WAYS_EVERY_MS);
  room.on('peerjoin', ({ id }) => {
    note(nameElement(nameOf(id)), ' joined');
    // The newcomer must see this cursor even while it rests.
    move.send(field.own, { to: id });
  });
  room.on('peerleave', ({ id }) => {
    cursors.delete(id);
    note(nameElement(names.get(id) ?? ''), ' left');
  });
  room.on('status', (_, error) => error && explain(error));
  room.on('update', render);

  const mine = colours().get(room.selfId) ?? 0;
  // The server may be lost in this moment: the colour is then told later.
  room.set({ data: { colour: mine } }).catch(() => {});
  field.place(STARTS[mine] ?? field.own);
  hunt.start();

  function colours(): Map<string, number> {
    return coloursOf(room.players.map(({ id, data }) => ({ id, colour: data.colour })));
  }

  function nameOf(id: string): string {
    const player = room.players.find((it) => it.id === id);
    return player?.name || (COLOURS[colours().get(id) ?? 0] ?? '');
  }

  /** Every connection in the room: this page's as it is here, the others' as they report them. */
  function edges(): Edge[] {
    const ids = [...room.peers.keys()];
    const own = ids.map((to) => ({ from: room.selfId, to, label: wayTo(room.peers.get(to)) }));
    const others = ids.flatMap((from, index) =>
      ids.slice(index + 1).flatMap((to) => {
        const label = reported.get(from)?.[to] ?? reported.get(to)?.[from];
        return label === undefined ? [] : [{ from, to, label }];
      }),
    );
    // Where there is little space, a direct way is only said in the list.
    if (!isNarrow.matches) return [...own, ...others];
    return [...own, ...others].map((edge) => ({
      ...edge,
      label: edge.label.replace('direct ', ''),
    }));
  }

  function render(): void {
    const colourOf = colours();
    field.show(
      room.players.map(({ id }) => {
        const colour = colourOf.get(id) ?? 0;
        const isOwn = id === room.selfId;
        const name = isOwn ? 'You' : nameOf(id);
        const isHost = id === room.hostId;
        const at = isOwn ? field.own : (cursors.get(id) ?? STARTS[colour] ?? { x: 0.5, y: 0.5 });
        return { id, name, colour, isOwn, isHost, at };
      }),
      edges(),
      hunt.light,
    );
    list.show(
      room.players.map(({ id }) => ({
        id,
        name: nameOf(id),
        colour: colourOf.get(id) ?? 0,
        isHost: id === room.hostId,
        detail: id === room.selfId ? 'you' : wayTo(room.peers.get(id)),
        points: hunt.pointsOf(id),
        mayKick: room.isHost && id !== room.selfId,
      })),
      room.size,
    );
    for (const { id } of room.players) names.set(id, nameOf(id));
    const isAlone = room.players.length === 1;
    const place = isAlone ? stage : aside;
    if (invite.parentElement !== place) place.append(invite);
    find('#field-help', HTMLElement).textContent = isAlone
      ? 'Move by pointer, touch or arrow keys.'
      : 'Chase the light.';
    if (room.status === 'reconnecting') {
      say('The server cannot be reached; trying again. The game goes on.');
    } else if (room.status === 'online') {
      const here = `${room.players.length} of ${room.size} players ${isAlone ? 'is' : 'are'} here.`;
      say('You are ', nameElement(nameOf(room.selfId)), `. ${here}`);
    }
  }
}

function showInvitation(code: string): void {
  const url = roomLink(code, key);
  find('#room-name', HTMLElement).textContent = code;
  document.title = `Room ${code} · PeerJS server`;
  const link = find('#link', HTMLAnchorElement);
  link.href = url;
  link.textContent = url.replace(/^https?:\/\//, '');
  drawQrCode(find('#qr', SVGSVGElement), url);
  shareOnClick(find('#copy-link', HTMLButtonElement), () => url);
  invite.hidden = false;
  if (isLocalPage()) {
    find('#link-note', HTMLElement).textContent = LOCAL_PAGE_NOTE;
    find('#qr', SVGSVGElement).toggleAttribute('hidden', true);
  }
}

/** Says why there is no room, or no more. */
function explain(error: unknown): undefined {
  if (!(error instanceof RoomError)) throw error;
  const { type, message } = error;
  say('You are not in the room.');
  if (type === 'invalid-key') forgetAccessKey();
  const {
    title,
    text,
    helps = { newRoom: true, again: true },
  } = EXPLANATIONS[type] ?? {
    title: 'Not admitted',
    text: `${message}.`.replace('..', '.'),
  };
  find('#notice-title', HTMLElement).textContent = title;
  find('#notice-text', HTMLElement).textContent = text;
  newRoom.hidden = !helps.newRoom;
  tryAgain.hidden = !helps.again;
  tryAgain.classList.toggle('primary', !helps.newRoom);
  tryAgain.textContent = helps.newRoom ? 'Try this one again' : 'Try again';
  notice.hidden = false;
  aside.hidden = true;
  invite.hidden = true;
  find('#field-help', HTMLElement).hidden = true;
  find('#notice-title', HTMLElement).focus();
}

/** Shows the state, only if it differs: a screen reader reads out each change. */
function say(...parts: (string | Node)[]): void {
  const sentence = paragraphOf(parts);
  if (status.textContent !== sentence.textContent) status.replaceChildren(...sentence.childNodes);
}

/** Tells a screen reader what happens. */
function note(...parts: (string | Node)[]): void {
  log.append(paragraphOf(parts));
}

function paragraphOf(parts: readonly (string | Node)[]): HTMLParagraphElement {
  const paragraph = make('p');
  paragraph.append(...parts);
  return paragraph;
}
