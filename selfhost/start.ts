/**
 * `npm start`: serves the Worker on this machine, until Ctrl-C or SIGTERM.
 */
import { ConfigError } from '../src/config.ts';
import { startServer } from './startServer.ts';

const { env } = process;

try {
  const host = env.HOST || '127.0.0.1';
  const port = readPort(env.PORT || '9000');
  const server = await startServer({ host, port, environment: env });

  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    void server.stop();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  if (env.npm_lifecycle_event === 'start') onParentGone(stop);

  const isLocal = ['127.0.0.1', '::1', '0.0.0.0', '::', 'localhost'].includes(host);
  console.log(greeting(isLocal ? 'localhost' : host, server.port));

  const { code, signal } = await server.ended;
  // On Ctrl-C the terminal tells workerd too, which may have ended before we asked it to.
  if (!isStopping && signal === null)
    fail(`The server ended by itself (${signal ?? `code ${code}`}).`);
} catch (error) {
  fail(error instanceof ConfigError ? error.message : String((error as Error).message ?? error));
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new ConfigError(
      `PORT must be a whole number from 0 to 65535; it is ${JSON.stringify(text)}.`,
    );
  }
  return port;
}

/**
 * npm passes a SIGTERM on to the shell between it and us, which ends without telling us. Its end is
 * seen by our having another parent.
 */
function onParentGone(stop: () => void): void {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop(), 200).unref();
}

function greeting(host: string, port: number): string {
  const options = `host: '${host}', port: ${port}`;
  return `
PeerJS server, listening on http://${host}:${port}

  Anyone with an id:    new Peer({ ${options}, path: '/' })
  A room of up to four: new Peer({ ${options}, path: '/room/table-7' })

Ctrl-C stops it.
`;
}

function fail(sentence: string): void {
  console.error(`\n${sentence}\n`);
  process.exitCode = 1;
}
