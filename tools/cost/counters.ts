import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What `npm run cost -- --measure` found: see measure.ts for how each was measured. */
export interface Counters {
  /** When and on what. */
  readonly measured: {
    readonly date: string;
    readonly cpu: string;
    readonly workerd: string;
    readonly peerjs: string;
  };
  /** What one PeerJS client does from its creation to OPEN. */
  readonly join: {
    /** WebSocket upgrades. */
    readonly sockets: number;
    /** Other requests, when the page names the peer. */
    readonly requestsWithOwnId: number;
    /** Other requests, when the server names it. */
    readonly requestsWithoutId: number;
    /** Frames it sends before OPEN. */
    readonly frames: number;
    /** Seconds until the coordinator's report has reached the collector. */
    readonly secondsToReport: number;
    /** Processor milliseconds of the whole server. */
    readonly cpuMs: number;
  };
  /** Four PeerJS clients in Chromium connect to each other: six data connections. */
  readonly mesh: {
    readonly connections: number;
    readonly offers: number;
    readonly answers: number;
    readonly candidates: number;
    /** The most that one of them sent within one second. */
    readonly busiestSecond: number;
  };
  /** The same with six calls of audio and video. */
  readonly callMesh: {
    readonly connections: number;
    readonly offers: number;
    readonly answers: number;
    readonly candidates: number;
  };
  /** Four PeerJS clients that only stay connected. */
  readonly idle: {
    readonly peers: number;
    readonly seconds: number;
    readonly heartbeats: number;
    readonly answers: number;
    /** Times that a coordinator came into memory meanwhile. */
    readonly wakes: number;
    /** Processor microseconds of the whole server for each heartbeat. */
    readonly cpuMicrosecondsPerHeartbeat: number;
  };
  /** One relayed message. */
  readonly message: {
    /** Processor microseconds of the whole server. */
    readonly cpuMicroseconds: number;
  };
  readonly leave: {
    /** Frames that a PeerJS client sends as its tab is closed. */
    readonly frames: number;
    /** Seconds from the closing of its tab to the LEAVE that another one of its room gets. */
    readonly secondsToLeaveFrame: number;
  };
  readonly wait: {
    /** Seconds from a call to somebody who is not there to its EXPIRE: a timer is pending meanwhile. */
    readonly secondsToExpire: number;
  };
  /** A room in which one peer does nothing but call another one that is not there. */
  readonly polledRoom: {
    readonly everySeconds: number;
    readonly polls: number;
    readonly seconds: number;
    /** Times that its coordinator came into memory again, so that it had slept. */
    readonly wakes: number;
    /** Seconds for which a timer was pending. */
    readonly pendingSeconds: number;
  };
  /** Many peers in one realm of one coordinator. */
  readonly realm: {
    readonly peers: number;
    readonly heapBytesPerPeer: number;
    readonly residentBytesPerPeer: number;
  };
  /** As many at the official Node server. */
  readonly officialServer: {
    readonly residentBytesPerPeer: number;
    readonly cpuMicrosecondsPerHeartbeat: number;
  };
  /** The collector of metrics, which keeps every place that has a peer. */
  readonly collector: { readonly heapBytesPerRoom: number };
}

const FILE = join(import.meta.dirname, 'counters.json');

export async function readCounters(): Promise<Counters> {
  return JSON.parse(await readFile(FILE, 'utf8')) as Counters;
}

export async function writeCounters(counters: Counters): Promise<void> {
  await writeFile(FILE, `${JSON.stringify(counters, null, 2)}\n`);
}
