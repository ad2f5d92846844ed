import { ConfigError } from '../src/config.ts';
import { type RunningServer, type ServerOptions, startServer } from './startServer.ts';

/**
 * Runs the server as a program in the foreground: until Ctrl-C or SIGTERM, or until it cannot.
 *
 * @param makeOptions may throw with a sentence for a person, which is printed.
 * @param greet is called once it listens.
 */
export async function serve(
  makeOptions: () => ServerOptions | Promise<ServerOptions>,
  greet: (server: RunningServer) => void,
): Promise<void> {
  try {
    const server = await startServer(await makeOptions());

    let isStopping = false;
    const stop = () => {
      if (isStopping) return;
      isStopping = true;
      void server.stop();
    };
    process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
    if (['start', 'npx'].includes(process.env.npm_lifecycle_event ?? '')) onParentGone(stop);

    greet(server);

    const { code, signal } = await server.ended;
    // On Ctrl-C the terminal tells workerd too, which may have ended before we asked it to.
    if (!isStopping && signal === null) {
      throw new Error(`The server ended by itself (code ${code}).`);
    }
  } catch (error) {
    console.error(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

/**
 * Reads the number of a port.
 *
 * @param name what it was given as, for the message.
 * @throws {ConfigError} if it is none.
 */
export function readPort(name: string, text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new ConfigError(
      `${name} must be a whole number from 0 to 65535; it is ${JSON.stringify(text)}.`,
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
