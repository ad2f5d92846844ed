/**
 * This server on Node, in a process of its own, for tests and benchmarks: `node nodeServerProcess.ts
 * <bundle> <options as JSON>`. It tells its parent the port, and stops at SIGTERM.
 */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import inspector from 'node:inspector';
import { text } from 'node:stream/consumers';
import type { ReadableStream } from 'node:stream/web';
import type { PeerServerOptions } from '../../src/createPeerServer.ts';
import type { Listening } from './startNodeServer.ts';

const [bundle = '', json = '{}'] = process.argv.slice(2);
const { createPeerServer } = (await import(
  bundle
)) as typeof import('../../src/createPeerServer.ts');
const { host, port, inspect, outbound, ...options } = JSON.parse(json) as PeerServerOptions & {
  readonly host: string;
  readonly port: number;
  readonly inspect?: boolean;
  /** `host:port` of an HTTP proxy for this server's own requests. By default the network. */
  readonly outbound?: string;
};
if (outbound !== undefined) globalThis.fetch = fetchBy(outbound);

const server = createPeerServer({ settings: process.env, ...options });
const address = await server.listen(port, host);
process.once('SIGTERM', async () => {
  await server.close();
  process.exit();
});
if (inspect) inspector.open(0, host);
const inspectorUrl = inspector.url();
const listening: Listening = {
  port: address.port,
  inspectorPort: inspectorUrl === undefined ? undefined : Number(new URL(inspectorUrl).port),
};
process.send?.(listening);
// The process prints nothing but the log.
process.disconnect?.();

/** As on workerd, the proxy is asked for the whole URL, https too, without encryption. */
function fetchBy(proxy: string): typeof fetch {
  return async (input, init) => {
    const { url, method, headers, body, signal } = new Request(input, init);
    const asking = request(`http://${proxy}`, {
      path: url,
      method,
      headers: Object.fromEntries(headers),
      signal,
    });
    asking.end(body === null ? undefined : await text(body as ReadableStream));
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    return new Response(await text(answer), { status: answer.statusCode ?? 0 });
  };
}
