import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { expect, it } from 'vitest';
import { CERTIFICATE, PRIVATE_KEY } from '../../tests/support/certificate.ts';
import { listenHere } from '../../tests/support/listenHere.ts';
import { ignoreUpgrade } from './ignoreUpgrade.ts';

const echo: RequestListener = async (request, response) => {
  const { method, url, headers } = request;
  response.end(`${method} ${url} ${headers['x-name']} ${headers.upgrade} ${await text(request)};`);
};

const ASKING = ['Connection: Upgrade, HTTP2-Settings', 'upgrade: h2c', 'HTTP2-Settings: AAMAAABk'];

function post(name: string, body: string, headers: readonly string[]): string {
  return [
    `POST /${name}?a=b HTTP/1.1`,
    'Host: localhost',
    `X-Name: ${name}`,
    ...headers,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

it.each([
  ['http', createServer(echo), (port: number) => connect(port, '127.0.0.1')],
  [
    'https',
    createTlsServer({ key: PRIVATE_KEY, cert: CERTIFICATE }, echo),
    (port: number) => connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }),
  ],
] as const)(
  'a request that asks for HTTP/2 is answered as any other by %s, with its body and what follows',
  async (_, server, dial) => {
    let ignored = 0;
    server.on('upgrade', (request, stream, head) => {
      ignored += 1;
      ignoreUpgrade(server, request, stream, head);
    });
    const client = dial(await listenHere(server));
    const first = post('one', 'the first body', ASKING);
    // In two pieces: the body is not all there when the server takes the request.
    client.write(first.slice(0, -3));
    await expect.poll(() => ignored).toBe(1);
    client.write(first.slice(-3) + post('two', 'the end', ['Connection: close']));
    expect((await text(client)).match(/POST[^;]*;/g)).toEqual([
      'POST /one?a=b one undefined the first body;',
      'POST /two?a=b two undefined the end;',
    ]);
    server.close();
  },
);

it('a client that resets its connection at that moment ends nothing but the connection', async () => {
  const server = createServer(echo);
  const closed = new Promise((resolve) => {
    server.on('upgrade', (request, stream, head) => {
      ignoreUpgrade(server, request, stream, head);
      stream.once('close', resolve);
      stream.destroy(new Error('read ECONNRESET'));
    });
  });
  const client = connect(await listenHere(server), '127.0.0.1');
  client.on('error', () => {});
  client.write(post('one', '', ASKING));
  await closed;
  client.destroy();
  server.close();
});
