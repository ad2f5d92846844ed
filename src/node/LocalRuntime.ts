import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { MemoryDirectories } from '../games/MemoryDirectories.ts';
import { Logger } from '../log/Logger.ts';
import type { Snapshot } from '../metrics/Collection.ts';
import { linksIn } from '../metrics/Counters.ts';
import { countLink } from '../metrics/LinkCounters.ts';
import type { LinkOrigin, RequestNetwork } from '../metrics/linkOrigin.ts';
import { POLICY_VIOLATION, TRY_AGAIN_LATER } from '../protocol/closeCodes.ts';
import type { LinkReport } from '../protocol/linkReports.ts';
import type { PeerPath } from '../protocol/peerPath.ts';
import { type ErrorReason, type RefusalReason, refusalFrame } from '../protocol/refusals.ts';
import type { RoomErrorType } from '../protocol/roomRefusals.ts';
import type { Directories } from '../room/Directories.ts';
import type { ManagedRooms } from '../room/ManagedRooms.ts';
import { managedPath } from '../room/managedPath.ts';
import { RoomWatcher } from '../room/RoomWatcher.ts';
import type { Join, JoinOutcome, RequestAddress, Runtime, Upgrade } from '../room/Runtime.ts';
import { joiningRequestOf, withTokenHash } from '../room/secrets.ts';
import type { Settings } from '../settings.ts';
import { LineWriter } from './LineWriter.ts';
import { LocalManagedRooms } from './LocalManagedRooms.ts';
import { LocalRooms } from './LocalRooms.ts';
import type { PeerEvents } from './PeerEvents.ts';
import type { PeerSocket } from './PeerSocket.ts';
import { ProcessMetrics } from './ProcessMetrics.ts';
import { RoomsFile } from './RoomsFile.ts';
import { RoomsKeeper } from './RoomsKeeper.ts';
import { SocketServer, waitsForAnswer } from './SocketServer.ts';

/** The answer to an upgrade is written to the socket, so there is nothing to return. */
type Answered = undefined;

/** Milliseconds between two searches for silent peers, while no more sockets may be opened. */
const SILENCE_SWEEP_MS = 10_000;

/** One Node process that holds the sockets of all peers. */
export class LocalRuntime {
  readonly settings: Settings;
  readonly rooms: LocalRooms;
  readonly managedRooms: ManagedRooms;
  readonly directories = new MemoryDirectories(async (place) =>
    this.rooms.find(managedPath(place))?.listing(),
  );
  readonly sockets: SocketServer;
  readonly metrics = new ProcessMetrics(() => this.rooms);

  readonly #maxSockets: number;
  readonly #log: Logger;
  readonly #lines = new LineWriter();
  /** Undefined without `ROOMS_FILE`. */
  readonly #keeper: RoomsKeeper | undefined;
  #isFull = false;
  #sweptAt = Number.NEGATIVE_INFINITY;

  /**
   * @param maxSockets that may be open at one time.
   * @param events of peers, for a program that embeds the server.
   */
  constructor(settings: Settings, maxSockets: number, events: PeerEvents) {
    this.settings = settings;
    this.#maxSockets = maxSockets;
    this.#log = new Logger(settings.logLevel);
    const file = settings.roomsFile === '' ? undefined : new RoomsFile(settings.roomsFile);
    const keeper = file && new RoomsKeeper(file, () => this.rooms.snapshots(), this.#log);
    this.#keeper = keeper;
    this.sockets = new SocketServer(settings);
    this.rooms = new LocalRooms(
      settings,
      ({ name }) => {
        const log = new Logger(settings.logLevel, { room: name }, this.#lines.write);
        return new RoomWatcher(log, this.metrics.counters);
      },
      events,
      (listing) => void this.directories.update(listing),
      keeper && (() => keeper.noteChange()),
    );
    this.managedRooms = new LocalManagedRooms(this.rooms);
    if (file !== undefined) this.#resumeRooms(file);
  }

  /** The runtime for one request. */
  forRequest(socket: Socket): Runtime {
    return new RequestRuntime(this, socket);
  }

  /** Whether another socket may be opened. The log says so once each time that the limit is reached. */
  hasRoom(): boolean {
    const wasFull = this.#isFull;
    this.#isFull = this.sockets.size >= this.#maxSockets;
    if (!this.#isFull) return true;
    if (!wasFull) this.#log.warn('server.full', { sockets: this.#maxSockets });
    this.#endSilentPeers(Date.now());
    return false;
  }

  /**
   * The upgrade of one request.
   *
   * @param answer to its handshake.
   */
  upgrade(stream: Duplex, head: Buffer, answer: string): Upgrade<Answered> {
    this.sockets.expect(stream);
    return new LocalUpgrade(this, stream, head, answer);
  }

  /** Ends all that this process holds: see `SocketServer.close`. */
  async close(): Promise<void> {
    // Before the sockets are closed: all who are here are still in their rooms.
    this.#keeper?.close();
    await this.sockets.close();
    this.metrics.stop();
    for (const room of this.rooms) room.stop();
    this.#lines.end();
  }

  /** Goes on with the managed rooms of the process before. */
  #resumeRooms(file: RoomsFile): void {
    const problem = (message: string) => this.#log.error('rooms.lost', { message });
    let resumed = 0;
    for (const room of file.read(problem)) {
      try {
        this.rooms.resume(room);
        resumed += 1;
      } catch (error) {
        problem(String(error));
      }
    }
    if (resumed > 0) this.#log.info('rooms.resumed', { rooms: resumed });
  }

  /** Ends the peers that have been silent for too long, even those that never sent heartbeats: sockets are scarce. */
  #endSilentPeers(now: number): void {
    if (now - this.#sweptAt < SILENCE_SWEEP_MS) return;
    this.#sweptAt = now;
    for (const room of this.rooms) room.endSilentPeers(now);
  }
}

class RequestRuntime implements Runtime {
  /** This process sees all requests, so it counts them itself. */
  readonly addressLimiter = undefined;
  readonly guessLimiter = undefined;
  /** No platform says where a request came from. */
  readonly network: RequestNetwork = { country: undefined, operator: undefined };
  /** Upgrades do not come as requests here: see `LocalRuntime.upgrade`. */
  readonly upgrade = undefined;
  readonly #local: LocalRuntime;
  readonly #socket: Socket;

  constructor(local: LocalRuntime, socket: Socket) {
    this.#local = local;
    this.#socket = socket;
  }

  get address(): RequestAddress {
    return new SocketAddress(this.#socket);
  }

  get settings(): Settings {
    return this.#local.settings;
  }

  get managedRooms(): ManagedRooms {
    return this.#local.managedRooms;
  }

  get directories(): Directories {
    return this.#local.directories;
  }

  async listPeers(path: PeerPath): Promise<string[]> {
    return this.#local.rooms.list(path);
  }

  /** The rooms are in this process: if it answers, they can be reached. */
  async checkRooms(): Promise<void> {}

  count(what: RefusalReason | 'failure'): void {
    const { counters } = this.#local.metrics;
    if (what === 'failure') counters.failures += 1;
    else counters.refusals[what] += 1;
  }

  countSeatRefusal(type: RoomErrorType): void {
    this.#local.metrics.counters.seatRefusals[type] += 1;
  }

  countLinks(from: LinkOrigin, links: readonly LinkReport[]): void {
    for (const link of links) countLink(linksIn(this.#local.metrics.counters), from, link);
  }

  async metrics(): Promise<Snapshot> {
    return this.#local.metrics.snapshot();
  }

  /** Nothing to do: a process finishes the work anyway. */
  waitUntil(): void {}
}

/** Asks the system for addresses only when they are needed. */
class SocketAddress implements RequestAddress {
  /** No platform vouches for an address. */
  readonly client = undefined;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get socket(): string | undefined {
    return this.#socket.remoteAddress;
  }
}

class LocalUpgrade implements Upgrade<Answered> {
  readonly #local: LocalRuntime;
  readonly #stream: Duplex;
  readonly #head: Buffer;
  readonly #answer: string;

  constructor(local: LocalRuntime, stream: Duplex, head: Buffer, answer: string) {
    this.#local = local;
    this.#stream = stream;
    this.#head = head;
    this.#answer = answer;
  }

  async join({ path, claim, mustHoldSeat, seatWish }: Join): Promise<JoinOutcome<Answered>> {
    const { rooms } = this.#local;
    const before = rooms.find(path);
    const known = before?.isManaged ? await withTokenHash(claim) : claim;
    const request = seatWish && (await joiningRequestOf(known, seatWish, before?.salts));
    // It may have been made, or have ended, meanwhile.
    const found = rooms.find(path);
    // No room is made for a peer that may not join, or is gone: nothing would remove the room again.
    if (!waitsForAnswer(this.#stream)) return { answer: this.turnAway(), foundNobody: false };
    if (mustHoldSeat === true && found?.holdsSeat(known) !== true) {
      return { refusal: 'too-many-connections' };
    }
    if (request !== undefined && found === undefined) return { refusal: 'no-such-room' };
    const room = found ?? rooms.at(path);
    const reason = room.refusalFor(known, request);
    if (reason !== undefined) return { refusal: reason };
    const foundNobody = room.hasNobody;
    this.#open((socket) => {
      room.join(socket, known);
    });
    return { answer: undefined, foundNobody };
  }

  refuse(reason: ErrorReason): Answered {
    this.#open((socket) => {
      socket.send(refusalFrame(reason));
      socket.close(POLICY_VIOLATION, reason);
    });
  }

  turnAway(): Answered {
    this.#open((socket) => {
      socket.close(TRY_AGAIN_LATER, 'try again later');
    });
  }

  #open(use: (socket: PeerSocket) => void): void {
    this.#local.sockets.open(this.#stream, this.#head, this.#answer, use);
  }
}
