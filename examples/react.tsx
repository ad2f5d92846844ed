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
const START: Game = { round: 0, last: {}, points: {} };
type Props = { seat: Seat; take: (seat: Seat) => void };

function App() {
  // A page that is reloaded plays on. Unlike sessionStorage, this works where cookies are blocked too.
  const isTaken = linked !== '' && history.state === 'in';
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
      {code && <a href="?">Open a new game</a>}
    </form>
  );
}

function Table({ seat, take }: Props) {
  const { room, now, error } = useRoom(() => enter(seat), [seat]);
  const peers = usePeers(room);
  useEffect(() => judge(room), [room, now]); // after each change
  if (error) return <Lobby seat={seat} take={take} say={error.message} />;
  if (!room || !now) return <output>Joining</output>;
  const { round, last, points } = { ...START, ...now.state };
  const own = now.players.find(({ id }) => id === now.selfId)?.data;
  const mine = own?.round === round && own.sign;
  const winner = now.players.find(({ id }) => (points[id] ?? 0) >= GOAL);
  const others = peers.filter(({ data }) => data.round !== round).map(({ name }) => name);
  let say = `Waiting for ${others.join(' and ') || 'the host'}.`;
  if (!peers.length) say = 'Tell a friend the code, or send the link.';
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
        {now.players.map(({ id, name }) => (
          <li key={id}>
            <bdi>{name}</bdi> {points[id] ?? 0} {last[id]}
          </li>
        ))}
      </ul>
    </>
  );
}

async function enter({ code, name }: Seat): Promise<Room<Game>> {
  const me = { name: name || undefined };
  const room = await (code ? joinRoom<Game>(where, code, me) : createRoom<Game>(where, me));
  history.replaceState('in', '', room.url);
  document.querySelector('room-invite')?.setAttribute('code', room.code);
  return room;
}

/** As the host: when all have chosen, gives a point for each player beaten, and begins a round. */
function judge(room?: Room<Game>): void {
  if (!room?.isHost || room.players.length < 2) return;
  const { round, points } = { ...START, ...room.state };
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
