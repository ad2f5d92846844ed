import type { Context } from 'hono';
import { admittedGame, namedGame } from '../admission/admittedGame.ts';
import { authorize, hasSignedTokens, tokenOf } from '../admission/authorize.ts';
import { orRefuse, refuse } from '../admission/Refused.ts';
import { countRequest } from '../admission/requestChecks.ts';
import { newHolder } from '../admission/seatHolder.ts';
import { takenAt } from '../games/Directory.ts';
import { RecentLists } from '../games/RecentLists.ts';
import { readListQuery, readMatch } from '../protocol/findRequests.ts';
import type { Listing } from '../room/Listing.ts';
import type { Runtime } from '../room/Runtime.ts';
import { onePerSettings } from '../settings/onePerSettings.ts';
import { answer } from './answer.ts';
import { readBody } from './requestBody.ts';
import { seatOf } from './seatAnswers.ts';

/** How many rooms are tried for a player, if they turn out to be locked or full by then. */
const TRIES = 5;

const listsOf = onePerSettings(() => new RecentLists<readonly Listing[]>());

/** `GET /{key}/games/{game}/rooms`: the public rooms of a game that a stranger can join. */
export function listRooms(context: Context, runtime: Runtime): Promise<Response> {
  return answer(context, async () => {
    const game = namedGame(context, runtime);
    const query = readListQuery(new URL(context.req.url).searchParams);
    await requireToken(context, runtime);
    const lists = listsOf(runtime.settings);
    const key = JSON.stringify([game, query]);
    let recent = lists.get(key, Date.now());
    if (recent === undefined) {
      // Only here: a whole school may look at a list, and only the first request costs anything.
      await countRequest(context, runtime, 'list');
      const value = await runtime.directories.list(game, query);
      lists.set(key, value, Date.now());
      recent = { value, age: 0 };
    }
    context.header('Cache-Control', 'max-age=2');
    // Otherwise a cache would keep the list for two more seconds.
    context.header('Age', String(Math.ceil(recent.age / 1000)));
    const now = Date.now();
    return context.json({ rooms: recent.value.map((listing) => entryOf(listing, now)) });
  });
}

/** `POST /{key}/games/{game}/match`: a seat among strangers. */
export function match(context: Context, runtime: Runtime): Promise<Response> {
  return answer(context, async () => {
    const game = await admittedGame(context, runtime);
    const { maxRoomSize } = runtime.settings;
    const { size, mode, ...player } = readMatch(await readBody(context.req.raw), maxRoomSize);
    const holder = await newHolder(context, runtime, { game, code: '' });
    const applicant = { ...holder.applicant, ...player };
    const room = { size, isPublic: false, matchMode: mode, meta: {} };
    const except: string[] = [];
    for (;;) {
      const code = await runtime.directories.match(game, { size, mode, except });
      const outcome = await runtime.managedRooms.takeMatchedSeat({ game, code }, room, applicant);
      except.push(code);
      if ('refusal' in outcome && except.length < TRIES) continue;
      return context.json(await seatOf(context, runtime, orRefuse(outcome), holder.token), 201);
    }
  });
}

/** Where tokens are signed, a list needs a token that is not for one room alone. */
async function requireToken(context: Context, runtime: Runtime): Promise<void> {
  if (!hasSignedTokens(runtime.settings)) return;
  const anywhere = { kind: 'room', name: '' } as const;
  const token = tokenOf(context.req.raw);
  if ((await authorize(runtime, anywhere, token)) === undefined) refuse('invalid-token');
}

function entryOf(listing: Listing, now: number) {
  const { code, size, hasPassword, meta, hostName, createdAt } = listing;
  return {
    code,
    size,
    taken: takenAt(listing, now),
    password: hasPassword,
    meta,
    host: { name: hostName },
    age: Math.max(0, Math.round((now - createdAt) / 1000)),
  };
}
