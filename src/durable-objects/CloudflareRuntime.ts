import { Logger } from '../log/Logger.ts';
import type { Snapshot } from '../metrics/Collection.ts';
import { type Counters, linksIn } from '../metrics/Counters.ts';
import { countLink } from '../metrics/LinkCounters.ts';
import type { LinkOrigin, RequestNetwork } from '../metrics/linkOrigin.ts';
import { POLICY_VIOLATION, TRY_AGAIN_LATER } from '../protocol/closeCodes.ts';
import type { LinkReport } from '../protocol/linkReports.ts';
import type { PeerPath } from '../protocol/peerPath.ts';
import { type ErrorReason, type RefusalReason, refusalFrame } from '../protocol/refusals.ts';
import type { RoomErrorType } from '../protocol/roomRefusals.ts';
import { coordinatorFor, coordinatorsOf, HEALTH_COORDINATOR } from '../room/coordinatorFor.ts';
import type { Directories } from '../room/Directories.ts';
import type { ManagedRooms, Outcome, RoomPlace, RoomView } from '../room/ManagedRooms.ts';
import { managedPath } from '../room/managedPath.ts';
import type {
  AddressLimiter,
  Join,
  JoinOutcome,
  RequestAddress,
  Runtime,
  Upgrade,
} from '../room/Runtime.ts';
import { onePerSettings } from '../settings/onePerSettings.ts';
import { warnOfSettingsWithoutEffect } from '../settings/withoutEffect.ts';
import { type Settings, settingsOf } from '../settings.ts';
import { directories } from './directories.ts';
import type { GameRoomCoordinator } from './GameRoomCoordinator.ts';
import { foundNobody, joinRequest, refusalOf } from './joinRequest.ts';
import { coordinators, metricsCollector, placement } from './namespaces.ts';
import { REPORT_DELAY_MS, Reporter } from './Reporter.ts';

/** Declared by hand, as is `DirectoryStub`. */
type ManagedRoomStub = Pick<
  GameRoomCoordinator,
  'make' | 'takeSeat' | 'takeMatchedSeat' | 'change'
> & {
  describe(): Promise<Outcome<RoomView>>;
};

/** Counts what this isolate decides without asking a coordinator. */
const reporter = new Reporter();
/**
 * Reports of links wait longer than refusals, so that those of many players take one call and one row:
 * a Worker that waits costs nothing. It may go on for 30 s after its answer.
 * https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil
 */
const LINK_REPORT_DELAY_MS = 20_000;
const linkReporter = new Reporter();
const NOBODY = { name: 'worker', kind: 'realm', peerCount: 0, peers: [] } as const;

const warnOnce = onePerSettings((settings) => warnOfSettingsWithoutEffect(settings, 'Cloudflare'));

/** The Worker's side of the runtime: it asks coordinators and the collector, and keeps no state. */
export class CloudflareRuntime implements Runtime {
  readonly settings: Settings;
  readonly #env: Env;
  readonly #context: Pick<ExecutionContext, 'waitUntil'>;
  readonly #request: Request;

  /** @throws {SettingsError} for a setting that is not valid. */
  constructor(env: Env, context: Pick<ExecutionContext, 'waitUntil'>, request: Request) {
    this.settings = settingsOf(env);
    // Self-hosted, the launcher has warned.
    if (!this.settings.isSelfHosted) warnOnce(this.settings);
    this.#env = env;
    this.#context = context;
    this.#request = request;
  }

  get address(): RequestAddress {
    // workerd sets it; Cloudflare does not.
    const { clientIp } = (this.#request.cf ?? {}) as { clientIp?: string };
    // A client cannot set it: Cloudflare overwrites it, and self-hosted workerd removes it.
    return { client: this.#request.headers.get('CF-Connecting-IP') ?? undefined, socket: clientIp };
  }

  get network(): RequestNetwork {
    // Self-hosted workerd sets neither.
    const { country, asOrganization } = (this.#request.cf ?? {}) as {
      country?: string;
      asOrganization?: string;
    };
    return { country, operator: asOrganization };
  }

  get addressLimiter(): AddressLimiter | undefined {
    // A self-hosted server has no such binding.
    const { ADDRESS_LIMITER }: Partial<Env> = this.#env;
    return ADDRESS_LIMITER;
  }

  get guessLimiter(): AddressLimiter | undefined {
    const { GUESS_LIMITER }: Partial<Env> = this.#env;
    return GUESS_LIMITER;
  }

  get upgrade(): Upgrade<Response> | undefined {
    const isUpgrade = this.#request.headers.get('Upgrade')?.toLowerCase() === 'websocket';
    return isUpgrade ? new WorkerUpgrade(this.#env, this.settings, this.#request) : undefined;
  }

  get managedRooms(): ManagedRooms {
    const coordinatorOf = (place: RoomPlace): ManagedRoomStub => {
      const path = managedPath(place);
      const stub: unknown = coordinators(this.#env).getByName(
        path.name,
        placement(path, this.settings),
      );
      return stub as ManagedRoomStub;
    };
    return {
      create: (place, room, applicant) => coordinatorOf(place).make(place, room, applicant),
      takeSeat: (place, applicant) => coordinatorOf(place).takeSeat(applicant),
      takeMatchedSeat: (place, room, applicant) =>
        coordinatorOf(place).takeMatchedSeat(place, room, applicant),
      describe: (place) => coordinatorOf(place).describe(),
      change: (place, by, change) => coordinatorOf(place).change(by, change),
    };
  }

  get directories(): Directories {
    return directories(this.#env);
  }

  async listPeers(path: PeerPath): Promise<string[]> {
    const namespace = coordinators(this.#env);
    const where = placement(path, this.settings);
    const lists = await Promise.all(
      coordinatorsOf(path, this.settings).map((name) =>
        namespace.getByName(name, where).listPeers(),
      ),
    );
    return lists.flat();
  }

  async checkRooms(): Promise<void> {
    await coordinators(this.#env).getByName(HEALTH_COORDINATOR).listPeers();
  }

  count(what: RefusalReason | 'failure'): void {
    if (what === 'failure') reporter.counters.failures += 1;
    else reporter.counters.refusals[what] += 1;
    this.#report();
  }

  countSeatRefusal(type: RoomErrorType): void {
    reporter.counters.seatRefusals[type] += 1;
    this.#report();
  }

  countLinks(from: LinkOrigin, links: readonly LinkReport[]): void {
    for (const link of links) countLink(linksIn(linkReporter.counters), from, link);
    // Self-hosted, nobody pays for a call.
    this.#report(linkReporter, this.settings.isSelfHosted ? REPORT_DELAY_MS : LINK_REPORT_DELAY_MS);
  }

  #report(from = reporter, delay = REPORT_DELAY_MS): void {
    if (!this.settings.hasMetrics) return;
    const log = new Logger(this.settings.logLevel);
    const send = (counters: Counters) =>
      metricsCollector(this.#env).report({ ...NOBODY, counters });
    this.#context.waitUntil(from.report(log, delay, send));
  }

  async metrics(): Promise<Snapshot> {
    return await metricsCollector(this.#env).read();
  }

  waitUntil(work: Promise<unknown>): void {
    this.#context.waitUntil(work);
  }
}

class WorkerUpgrade implements Upgrade<Response> {
  readonly #env: Env;
  readonly #settings: Settings;
  readonly #request: Request;

  constructor(env: Env, settings: Settings, request: Request) {
    this.#env = env;
    this.#settings = settings;
    this.#request = request;
  }

  async join(join: Join): Promise<JoinOutcome<Response>> {
    const { path, claim } = join;
    const name = coordinatorFor(path, claim.id, this.#settings);
    const where = placement(path, this.#settings);
    const coordinator = coordinators(this.#env).getByName(name, where);
    const response = await coordinator.fetch(joinRequest(join));
    return response.webSocket === null
      ? { refusal: await refusalOf(response) }
      : { answer: this.#answer(response.webSocket), foundNobody: foundNobody(response) };
  }

  refuse(reason: ErrorReason): Response {
    return this.#closeAtOnce(POLICY_VIOLATION, reason, refusalFrame(reason));
  }

  turnAway(): Response {
    return this.#closeAtOnce(TRY_AGAIN_LATER, 'try again later');
  }

  #closeAtOnce(code: number, reason: string, frame?: string): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    if (frame !== undefined) server.send(frame);
    server.close(code, reason);
    return this.#answer(client);
  }

  /**
   * The answer names the first subprotocol that the client offers, as the official server does: a
   * browser fails the connection if the answer names none (RFC 6455, section 4.1).
   */
  #answer(webSocket: WebSocket): Response {
    const [protocol = ''] = this.#request.headers.get('Sec-WebSocket-Protocol')?.split(',') ?? [];
    const headers: HeadersInit =
      protocol.trim() === '' ? {} : { 'Sec-WebSocket-Protocol': protocol.trim() };
    return new Response(null, { status: 101, webSocket, headers });
  }
}
