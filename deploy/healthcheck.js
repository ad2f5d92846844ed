/**
 * The health check of the container: asks the server there for `/health`. It follows the flags and the
 * variables with which that was started, so that another port, or TLS, needs no other check.
 */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { parseArgs } from 'node:util';

const LIMIT_MS = 5000;

// Process 1 is the server, or the `init` that started it: the flags are behind it either way, and
// behind the `--` that an `init` is given.
const commandLine = readFileSync(process.argv[2] ?? '/proc/1/cmdline', 'utf8').split('\0');
const { values: flags } = parseArgs({
  args: commandLine.slice(1).filter((argument) => argument !== '--'),
  strict: false,
  options: {
    port: { type: 'string', short: 'p' },
    host: { type: 'string', short: 'H' },
    sslkey: { type: 'string' },
  },
});
const port = flags.port ?? (process.env.PORT || '9000');
// Not HOST: the command does not read it, and it may be the name that others use.
const host = flags.host ?? '0.0.0.0';
const hasTls = flags.sslkey !== undefined;

// Listening everywhere, it also listens here. The certificate is for the name that others use.
const target = {
  host: ['0.0.0.0', '::'].includes(host) ? 'localhost' : host,
  port,
  path: '/health',
  rejectUnauthorized: false,
  // The `timeout` of a request begins anew with TLS.
  signal: AbortSignal.timeout(LIMIT_MS),
};
const request = (hasTls ? https : http).get(target, ({ statusCode }) => {
  process.exit(statusCode === 200 ? 0 : 1);
});
request.on('error', ({ name, message }) => {
  console.error(name === 'AbortError' ? `no answer within ${LIMIT_MS} ms` : message);
  process.exit(1);
});
