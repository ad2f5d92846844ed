import type { Context } from 'hono';
import { admittedGame, admittedPlace, orRefuseGuess } from '../admission/admittedGame.ts';
import { hasSignedTokens } from '../admission/authorize.ts';
import { orRefuse } from '../admission/Refused.ts';
import { newHolder, proofOf, subjectOf } from '../admission/seatHolder.ts';
import { readCreateRoom, readRoomChange, readTakeSeat } from '../protocol/roomRequests.ts';
import type { Runtime } from '../room/Runtime.ts';
import { hashToken } from '../room/secrets.ts';
import { answer } from './answer.ts';
import { readBody } from './requestBody.ts';
import { roomOf, seatOf } from './seatAnswers.ts';

/** How many codes are tried, if they turn out to be in use. */
const TRIES = 5;

/** `POST /{key}/games/{game}/rooms`: makes a room, and gives its first seat. */
export function createRoom(context: Context, runtime: Runtime): Promise<Response> {
  return answer(context, async () => {
    const game = await admittedGame(context, runtime);
    const { maxRoomSize } = runtime.settings;
    const body = readCreateRoom(await readBody(context.req.raw), maxRoomSize);
    const { size, public: isPublic, password, meta } = body;
    const holder = await newHolder(context, runtime, { game, code: '' });
    const applicant = { ...holder.applicant, name: body.name, data: body.data };
    const room = { size, isPublic, password, meta };
    for (let tries = 1; ; tries += 1) {
      const place = { game, code: await runtime.directories.newCode(game) };
      const outcome = await runtime.managedRooms.create(place, room, applicant);
      // Peers may be in a room of this code that nobody made: they keep it.
      if ('refusal' in outcome && outcome.refusal.type === 'code-in-use' && tries < TRIES) continue;
      return context.json(await seatOf(context, runtime, orRefuse(outcome), holder.token), 201);
    }
  });
}

/** `POST /{key}/games/{game}/rooms/{code}/seats`: gives a seat, or one that was held before. */
export function takeSeat(context: Context, runtime: Runtime): Promise<Response> {
  return answer(context, async () => {
    const place = await admittedPlace(context, runtime);
    const { token: former, ...body } = readTakeSeat(await readBody(context.req.raw));
    const holder = await newHolder(context, runtime, place);
    const formerTokenHash = former === undefined ? undefined : await hashToken(former);
    const applicant = { ...holder.applicant, ...body, formerTokenHash };
    const given = await orRefuseGuess(context, runtime, () =>
      runtime.managedRooms.takeSeat(place, applicant),
    );
    const isFormer = given.rejoined && !hasSignedTokens(runtime.settings);
    const token = isFormer ? (former ?? '') : holder.token;
    return context.json(await seatOf(context, runtime, given, token), 201);
  });
}

/** `GET /{key}/games/{game}/rooms/{code}`: what anybody with the code may know of a room. */
export function describeRoom(context: Context, runtime: Runtime): Promise<Response> {
  return answer(context, async () => {
    const place = await admittedPlace(context, runtime);
    await subjectOf(context, runtime, place);
    const view = await orRefuseGuess(context, runtime, () => runtime.managedRooms.describe(place));
    const { code, path, size, taken, locked, started, password, meta } = roomOf(
      context,
      runtime,
      view,
    );
    return context.json({ code, path, size, taken, locked, started, password, meta });
  });
}

/** `PATCH /{key}/games/{game}/rooms/{code}`: changes a room, as its host. */
export function changeRoom(context: Context, runtime: Runtime): Promise<Response> {
  return answer(context, async () => {
    const place = await admittedPlace(context, runtime);
    const change = readRoomChange(await readBody(context.req.raw));
    const proof = await proofOf(context, runtime, place);
    const view = await orRefuseGuess(context, runtime, () =>
      runtime.managedRooms.change(place, proof, change),
    );
    return context.json(roomOf(context, runtime, view));
  });
}
