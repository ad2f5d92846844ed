import { DurableObject } from 'cloudflare:workers';

let wakes = 0; // of all relays: in plain workerd they share one isolate with the Worker
/** Parses, sets `src` and sends, without any check: the upper limit of the platform. */
export class Relay extends DurableObject {
  #sockets = new Map();
  #ids = new Map();
  constructor(ctx, env) {
    super(ctx, env);
    wakes += 1;
    const heartbeat = new WebSocketRequestResponsePair('{"type":"HEARTBEAT"}', '{"type":"LEAVE"}');
    ctx.setWebSocketAutoResponse(heartbeat);
    for (const socket of ctx.getWebSockets()) this.#add(socket, socket.deserializeAttachment());
  }
  #add(socket, id) {
    this.#sockets.set(id, socket);
    this.#ids.set(socket, id);
  }
  fetch(request) {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    const id = new URL(request.url).searchParams.get('id');
    server.serializeAttachment(id);
    this.#add(server, id);
    server.send('{"type":"OPEN"}');
    return new Response(null, { status: 101, webSocket: client });
  }
  webSocketMessage(socket, frame) {
    const message = JSON.parse(frame);
    message.src = this.#ids.get(socket);
    this.#sockets.get(message.dst).send(JSON.stringify(message));
  }
}
export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === '/metrics') return Response.json({ counters: { wakes } });
    return env.RELAYS.getByName(pathname).fetch(request);
  },
};
