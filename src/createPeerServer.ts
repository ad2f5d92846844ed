import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { applicantOf } from './admission/admit.ts';
import { NO_HOST } from './handlers/answer.ts';
import { openSocket } from './handlers/openSocket.ts';
import { Logger } from './log/Logger.ts';
import { mayLog } from './log/logRate.ts';
import { answerUpgrade } from './node/answerUpgrade.ts';
import { answerHandshake } from './node/handshake.ts';
import { isCloseCode } from './node/IncomingFrames.ts';
import { ignoreUpgrade } from './node/ignoreUpgrade.ts';
import { LocalRuntime } from './node/LocalRuntime.ts';
import { connectionLimits } from './node/openFiles.ts';
import { MAX_REASON_BYTES } from './node/outgoingFrames.ts';
import type { PeerSocket } from './node/PeerSocket.ts';
import {
  headersOf,
  type PathAndQuery,
  pathAndQueryOf,
  putBackBody,
  targetOf,
  urlOf,
  wantsSocket,
} from './node/requests.ts';
import { belowMount, isBelow, lacksSlash, mountPath, withSlash } from './protocol/mount.ts';
import { createRoutes } from './routes.ts';
import { warnOfSettingsWithoutEffect } from './settings/withoutEffect.ts';
import { parseEnvironment } from './settings.ts';

/** How a server is set up. Everything has a default. */
export interface PeerServerOptions {
  /**
   * Settings that differ from their defaults, by the names that they have in the environment. The
   * environment itself is not read, unless you hand it in: `settings: process.env`.
   */
  readonly settings?: Readonly<Record<string, string | undefined>>;
  /**
   * The path of clients, such as `/signaling`. The pages, the other endpoints and the rooms are below it
   * too. `request` and `upgrade` leave all other paths to the program that embeds the server.
   */
  readonly path?: string;
  /** A key and its certificates, in PEM. `listen` then serves HTTPS, and nothing else. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** The most connections. By default as many as the system lets this process open. */
  readonly maxConnections?: number;
}

/** A peer that is connected, as the events of the official `PeerServer` show one. */
export interface PeerClient {
  getId(): string;
  getToken(): string;
  /** The path of its room or realm, such as `/room/table-7`. */
  getPath(): string;
  getSocket(): PeerClientSocket;
  /** Sends it a message of the PeerJS protocol, or does nothing once its socket closes. */
  send(message: object): void;
}

/** What a program may do with the WebSocket of a peer. */
export interface PeerClientSocket {
  /** @throws for a code that a WebSocket may not send, and for a reason of more than 123 bytes. */
  close(code?: number, reason?: string): void;
  /** Ends the connection without a close frame. */
  terminate(): void;
}

/** A message of a peer, as it was read. `src` is the peer. */
export interface PeerMessage {
  readonly type: string;
  readonly src: string;
  readonly dst?: string;
  readonly payload?: unknown;
}

/** The events of the official `PeerServer`. */
export interface PeerServerEvents {
  connection: [client: PeerClient];
  disconnect: [client: PeerClient];
  message: [client: PeerClient, message: PeerMessage];
  error: [error: Error];
}

/** The callback by which a handler of Express passes a request on. */
type Next = (error?: unknown) => void;

/** How long a client may take over a request, in milliseconds. */
const HTTP_LIMITS = {
  headersTimeout: 20_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5000,
};

/** How long a client of HTTPS may take to agree on keys, in milliseconds. Node would wait for two minutes. */
const HANDSHAKE_LIMIT = { handshakeTimeout: HTTP_LIMITS.headersTimeout };

/** Node has it since 24.9: see `ignoreUpgrade`. */
interface UpgradeFilter {
  shouldUpgradeCallback(request: IncomingMessage): boolean;
}

/**
 * Makes a PeerJS server in this process. It serves once it listens, or once an existing `http.Server`
 * passes its requests to `request` and `upgrade`.
 *
 * @throws {SettingsError} for a setting that is not valid.
 */
export function createPeerServer(options: PeerServerOptions = {}): PeerServer {
  return new PeerServer(options);
}

/** A PeerJS server in this process. */
export class PeerServer extends EventEmitter<PeerServerEvents> {
  readonly #runtime: LocalRuntime;
  readonly #log: Logger;
  readonly #mount: string;
  readonly #tls: PeerServerOptions['tls'];
  readonly #maxConnections: number;
  readonly #answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly #clients = new WeakMap<PeerSocket, PeerClient>();
  /** What `listen` has made, each time that it was called. */
  readonly #listening = new Set<Server>();
  /** The connections of HTTPS: `closeAllConnections` knows none that has not agreed on keys. */
  readonly #tlsConnections = new Set<Socket>();
  /** Undefined until `close` is called. */
  #closed: Promise<void> | undefined;

  constructor({ settings = {}, path = '/', tls, maxConnections }: PeerServerOptions) {
    super();
    const mount = mountPath(path);
    const read = { ...parseEnvironment(settings), mount };
    const limits = connectionLimits(maxConnections);
    this.#log = new Logger(read.logLevel);
    warnOfSettingsWithoutEffect(read, 'Node');
    this.#mount = mount;
    this.#tls = tls;
    this.#maxConnections = limits.connections;
    this.#runtime = new LocalRuntime(read, limits.sockets, {
      connected: (socket) => this.#tellOf('connection', socket),
      disconnected: (socket) => this.#tellOf('disconnect', socket),
      received: (socket, frame) => this.#tellMessage(socket, frame),
      failed: (error) => this.#fail(error),
    });
    const routes = createRoutes<HttpBindings>(({ env }) =>
      this.#runtime.forRequest(env.incoming.socket),
    );
    this.#answer = getRequestListener(routes.fetch, {
      // The program around this one has its own.
      overrideGlobalObjects: false,
      // For HTTP/1.0, which needs no Host header.
      hostname: 'localhost',
    });
    // An EventEmitter throws an error that has no listener.
    this.on('error', () => {});
  }

  /**
   * Listens, with an `http.Server` of its own.
   *
   * @param port 0 lets the system choose one.
   * @param host by default every address of this machine.
   * @throws the error of the system if it cannot listen, and an Error once the server was closed.
   */
  async listen(port = 9000, host?: string): Promise<AddressInfo> {
    this.#refuseIfClosed();
    const options: UpgradeFilter & typeof HTTP_LIMITS = {
      ...HTTP_LIMITS,
      shouldUpgradeCallback: wantsSocket,
    };
    const http =
      this.#tls === undefined
        ? createServer(options)
        : createTlsServer({ ...options, ...HANDSHAKE_LIMIT, ...this.#tls });
    if (this.#tls !== undefined) {
      http.on('connection', (socket) => {
        this.#tlsConnections.add(socket);
        socket.once('close', () => this.#tlsConnections.delete(socket));
      });
    }
    if (Number.isFinite(this.#maxConnections)) http.maxConnections = this.#maxConnections;
    http.on('request', (request, response) => this.#answerHere(request, response));
    http.on('upgrade', (request, stream, head) => {
      if (!this.#upgradeHere(request, stream, head)) ignoreUpgrade(http, request, stream, head);
    });
    http.listen(port, host);
    await once(http, 'listening');
    http.on('error', (error) => this.#fail(error));
    this.#listening.add(http);
    if (this.#closed !== undefined) http.close();
    this.#refuseIfClosed();
    return http.address() as AddressInfo;
  }

  /**
   * Answers a request: a listener of `http.Server`, or a handler of Express. A request that is not below
   * the path of this server goes to the next handler; without one it gets 404.
   */
  readonly request = (request: IncomingMessage, response: ServerResponse, next?: Next): void => {
    if (this.#isBelowPath(request)) this.#answerHere(request, response);
    else if (next !== undefined) next();
    else response.writeHead(404).end();
  };

  /**
   * Answers an upgrade: a listener of `http.Server`.
   *
   * @returns whether it was for this server. If not, it is untouched.
   */
  readonly upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): boolean =>
    this.#isBelowPath(request) && this.#upgradeHere(request, stream, head);

  /**
   * Stops: closes all sockets with 1012, and resolves when all are closed, after 5 s at most, each time that
   * it is called.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const servers = [...this.#listening];
    const closed = servers.map((http) => once(http, 'close'));
    for (const http of servers) http.close();
    this.#log.info('server.stopping', { sockets: this.#runtime.sockets.size });
    await this.#runtime.close();
    for (const http of servers) http.closeAllConnections();
    for (const socket of this.#tlsConnections) socket.destroy();
    await Promise.all(closed);
  }

  #refuseIfClosed(): void {
    if (this.#closed !== undefined) throw new Error('the server was closed');
  }

  #isBelowPath(request: IncomingMessage): boolean {
    return this.#mount === '' || isBelow(targetOf(request).replace(/\?.*/s, ''), this.#mount);
  }

  #answerHere(request: IncomingMessage, response: ServerResponse): void {
    const url = urlOf(request);
    if (url === undefined) {
      response.writeHead(400, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(NO_HOST));
    } else if (lacksSlash(targetOf(request), request.headers.accept, this.#mount)) {
      response.writeHead(308, { Location: withSlash(this.#mount) }).end();
    } else if (request.method === 'OPTIONS' && request.headers.origin === undefined) {
      // A proxy asks like this to see whether the server is there (HAProxy's `httpchk`).
      response.writeHead(200, { 'Content-Length': 0 }).end();
    } else if (!putBackBody(request)) {
      this.#fail(new Error('the body of a request was read, and is not in its `body`'));
      response.writeHead(500, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ error: 'Internal error' }));
    } else {
      request.url = (belowMount(url.pathname, this.#mount) ?? url.pathname) + url.search;
      void this.#answer(request, response);
    }
  }

  #upgradeHere(request: IncomingMessage, stream: Duplex, head: Buffer): boolean {
    if (!wantsSocket(request)) return false;
    // A socket that fails also closes. Without a listener the error would end the process.
    stream.on('error', ignore);
    const target = pathAndQueryOf(request);
    if (target === undefined) answerUpgrade(stream, 400);
    else if (this.#closed !== undefined || !this.#runtime.hasRoom()) answerUpgrade(stream, 503);
    else this.#open(request, target, stream, head);
    return true;
  }

  #open(request: IncomingMessage, target: PathAndQuery, stream: Duplex, head: Buffer): void {
    const answer = answerHandshake(request);
    if (typeof answer === 'number') {
      answerUpgrade(stream, answer);
      return;
    }
    const pathname = belowMount(target.pathname, this.#mount) ?? target.pathname;
    openSocket(
      applicantOf({ pathname, search: target.search }, headersOf(request)),
      this.#runtime.forRequest(request.socket),
      this.#runtime.upgrade(stream, head, answer),
    ).catch((error: unknown) => {
      stream.destroy();
      this.#fail(error);
    });
  }

  #tellOf(event: 'connection' | 'disconnect', socket: PeerSocket): void {
    if (this.listenerCount(event) > 0) this.#tell(event, this.#clientOf(socket));
  }

  #tellMessage(socket: PeerSocket, frame: string | ArrayBuffer): void {
    if (this.listenerCount('message') === 0) return;
    let message: unknown;
    try {
      const text = typeof frame === 'string' ? frame : new TextDecoder().decode(frame);
      message = JSON.parse(text);
    } catch (error) {
      this.#emitError(error as Error);
      return;
    }
    if (!isMessage(message)) {
      this.#emitError(new TypeError('a frame is no object with a type'));
      return;
    }
    const client = this.#clientOf(socket);
    // Not a copy: that of an object with many fields takes a second.
    this.#tell('message', client, Object.assign(message, { src: client.getId() }));
  }

  #clientOf(socket: PeerSocket): PeerClient {
    let client = this.#clients.get(socket);
    if (client === undefined) {
      client = clientOn(socket);
      this.#clients.set(socket, client);
    }
    return client;
  }

  /** An error in a listener must not interrupt the work of a room. */
  #tell<Name extends 'connection' | 'disconnect' | 'message'>(
    event: Name,
    ...values: PeerServerEvents[Name]
  ): void {
    try {
      (this as EventEmitter).emit(event, ...values);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (mayLog()) this.#log.error('error', { message: String(error) });
    this.#emitError(error instanceof Error ? error : new Error(String(error)));
  }

  /** A listener that throws may mean to end the program, but not in the midst of the work of a room. */
  #emitError(error: Error): void {
    try {
      this.emit('error', error);
    } catch (thrown) {
      setImmediate(() => {
        throw thrown;
      });
    }
  }
}

/** What JSON.parse made of a frame may be anything: a text of a megabyte has a million fields. */
function isMessage(value: unknown): value is Omit<PeerMessage, 'src'> {
  return typeof (value as { type?: unknown } | null)?.type === 'string';
}

/** @throws for what no close frame can say. The client would see a broken one. */
function checkClose(code: number | undefined, reason = ''): void {
  if (code !== undefined && !isCloseCode(code)) {
    throw new TypeError(`${code} is no code with which a socket may be closed`);
  }
  if (Buffer.byteLength(reason) > MAX_REASON_BYTES) {
    throw new RangeError(`the reason of a close has at most ${MAX_REASON_BYTES} bytes`);
  }
}

function clientOn(socket: PeerSocket): PeerClient {
  // This object outlives the session, which clears these fields of the socket.
  const { claim: { id, token } = { id: '', token: '' }, room } = socket;
  const closable: PeerClientSocket = {
    close(code, reason) {
      checkClose(code, reason);
      socket.close(code, reason);
    },
    terminate: () => socket.terminate(),
  };
  return {
    getId: () => id,
    getToken: () => token,
    getPath: () => room?.path.name ?? '',
    getSocket: () => closable,
    send: (message) => {
      // A program cannot know that its client is about to go: an error would end it.
      if (socket.isOpen) socket.send(JSON.stringify(message));
    },
  };
}

/** One function for all streams, since there may be many. */
function ignore(): void {}
