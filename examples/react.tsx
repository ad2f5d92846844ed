import { createRoom, joinRoom, type Room } from 'durable-peerjs-server/client';
import { usePeers, useRoom } from 'durable-peerjs-server/client/react';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

const SIGNS = ['Rock', 'Paper', 'Scissors']; // each beats the one before
const GOAL = 3; // points
// This server. A game elsewhere writes its address out.
const where = { server: new URL('..', location.href).href, game: 'signs' };
const linked = new URLSearchParams(location.search).get('room') ?? '';
type Seat = { code: string; name: string; isTaken: boolean };
/** What the host has put down: the signs of the last round and the points, by player. */
type Game = { round: number; last: Record<string, string>; points: Record<string, number> };
type Props = { seat: Seat; take: (seat: Seat) => void };

function App() {
  // A page that is reloaded plays on: the tab remembers that it was in.
  const isTaken = linked !== '' && sessionStorage.getItem('signs') === linked;
  const [seat, take] = useState<Seat>({ code: linked, name: '', isTaken });
  const Page = seat.isTaken ? Table : Lobby;
  return <Page seat={seat} take={take} say="For two to four." />;
}

function Lobby({ seat, take, say }: Props & { say: string }) {
  const [code, setCode] = useState(seat.code);
  return (
    <form action={(form) => take({ code, name: String(form.get('name')), isTaken: true })}>
      <output id="status">{say}</output>
      <label htmlFor="name">Your name</label>
      <input id="name" name="name" defaultValue={seat.name} maxLength={40} required />
      <label htmlFor="friend">Friend’s code, or none for a new game</label>
      <input id="friend" value={code} onChange={({ target }) => setCode(target.value)} />
      <button type="submit">{code ? 'Join' : 'New game'}</button>
    </form>
  );
}

function Table({ seat, take }: Props) {
  const { room, error } = useRoom(() => enter(seat), [seat]);
  const peers = usePeers(room);
  useEffect(() => judge(room)); // after each change
  if (error) return <Lobby seat={seat} take={take} say={error.message} />;
  if (!room) return <output>Joining</output>;
  const { round, last, points } = gameOf(room);
  const own = room.players.find(({ id }) => id === room.selfId)?.data;
  const mine = own?.round === round && own.sign;
  const winner = room.players.find(({ id }) => (points[id] ?? 0) >= GOAL);
  const others = peers.filter(({ data }) => data.round !== round).map(({ name }) => name);
  let say = `Waiting for ${others.join(' and ') || 'the host'}.`;
  if (room.status === 'left') say = 'You are not in the game any more.';
  else if (!peers.length) say = 'Tell a friend the code, or send the address of this page.';
  else if (!mine) say = winner ? `${winner.name} has won. Play on?` : 'Choose a sign.';
  const pick = (sign: string) => room.set({ data: { round, sign } }).catch(() => {}); // offline
  return (
    <>
      <output id="status">{say}</output>
      <div id="signs">
        {SIGNS.map((sign) => (
          <button type="button" key={sign} aria-pressed={sign === mine} onClick={() => pick(sign)}>
            {sign}
          </button>
        ))}
      </div>
      <ul id="points">
        {room.players.map(({ id, name }) => (
          <li key={id}>{`${name} ${points[id] ?? 0} ${last[id] ?? ''}`}</li>
        ))}
      </ul>
      <p>Code: {room.code}</p>
    </>
  );
}

async function enter({ code, name }: Seat): Promise<Room> {
  const me = name ? { name } : {};
  const room = await (code ? joinRoom(where, code, me) : createRoom(where, me));
  history.replaceState(null, '', room.url);
  sessionStorage.setItem('signs', room.code);
  return room;
}

function gameOf({ state }: Room): Game {
  return { round: 0, last: {}, points: {}, ...state };
}

/** As the host: when all have chosen, gives a point for each player beaten, and begins a round. */
function judge(room?: Room): void {
  if (!room?.isHost || room.players.length < 2) return;
  const { round, points } = gameOf(room);
  if (room.players.some(({ data }) => data.round !== round)) return;
  const last = Object.fromEntries(room.players.map(({ id, data }) => [id, String(data.sign)]));
  const next = Object.values(points).some((it) => it >= GOAL) ? {} : { ...points };
  for (const [id, sign] of Object.entries(last)) {
    const beaten = SIGNS.at(SIGNS.indexOf(sign) - 1);
    next[id] = (next[id] ?? 0) + Object.values(last).filter((it) => it === beaten).length;
  }
  room.setState({ round: round + 1, last, points: next }).catch(() => {});
}
createRoot(document.getElementById('root') as HTMLElement).render(<App />);
