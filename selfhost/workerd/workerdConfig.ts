import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'jsonc-parser';
import { PROJECT_ROOT } from '../projectRoot.ts';
import type { KeyPair } from '../ServerOptions.ts';
import { CONTROL } from './worker/bindings.ts';

/** The socket that peers connect to. */
export const HTTP_SOCKET = 'http';

/** The file of the socket by which the launcher reaches the Worker: in the folder of workerd. */
export const CONTROL_SOCKET = 'control.sock';

/** The part of wrangler.jsonc that workerd has to know. */
export interface WranglerConfig {
  readonly compatibility_date: string;
  readonly compatibility_flags?: readonly string[];
  readonly durable_objects: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string }[];
  };
  readonly vars?: Readonly<Record<string, unknown>>;
}

/**
 * The objects that are never evicted, since they would lose what they know: when workerd 1.20261102.1
 * evicts an object, after 10 s without a call, its storage in memory is gone, although workerd.capnp
 * says that it lasts as long as the process. So nothing is stored there. Coordinators have to hibernate.
 */
const NEVER_EVICTED = ['MetricsCollector'];

/** Reads wrangler.jsonc, which also says how the Worker is deployed: there is one configuration. */
export async function readWranglerConfig(): Promise<WranglerConfig> {
  return parse(await readFile(join(PROJECT_ROOT, 'wrangler.jsonc'), 'utf8')) as WranglerConfig;
}

/**
 * The configuration that workerd serves a bundle with: the bindings of wrangler.jsonc, with the
 * objects' storage in memory.
 * https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp
 *
 * @param address such as `127.0.0.1:9000`; port 0 lets the system choose one.
 * @param variables text bindings, by name.
 * @param options.tls serves HTTPS with this key and certificate.
 * @param options.storage a folder for the objects' storage, which then survives an eviction, and
 *   alarms with it, as it does when deployed. Every object ever used leaves a file there.
 * @param options.outbound the address of the HTTP proxy that the Worker's own requests go to, in
 *   place of the network.
 * @param options.isSelfHosted the module is that of worker/index.ts: the launcher reaches it by a
 *   socket of its own, and requests come to it as they are (worker/incoming.ts).
 */
export function workerdConfig(
  wrangler: WranglerConfig,
  address: string,
  variables: Readonly<Record<string, string>>,
  options: {
    readonly tls?: KeyPair;
    readonly outbound?: string;
    readonly storage?: string;
    readonly isSelfHosted?: boolean;
  } = {},
): string {
  const { bindings } = wrangler.durable_objects;
  const { tls, outbound, storage, isSelfHosted = false } = options;
  // Only Cloudflare may set it. A header without a value is removed from every request.
  const http = `(${isSelfHosted ? 'style = proxy, ' : ''}injectRequestHeaders = [(name = "CF-Connecting-IP")])`;
  const protocol =
    tls === undefined
      ? `http = ${http}`
      : `https = (options = ${http}, tlsOptions = (keypair = (privateKey = ${quote(tls.key)}, certificateChain = ${quote(tls.cert)})))`;
  const network =
    outbound === undefined
      ? 'network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))'
      : `external = (address = ${quote(outbound)}, http = (style = proxy))`;
  // workerd has no such sockets on Windows.
  const control =
    !isSelfHosted || process.platform === 'win32'
      ? ''
      : `    (name = ${quote(CONTROL)}, address = ${quote(`unix:${CONTROL_SOCKET}`)}, http = (), service = (name = "worker", entrypoint = ${quote(CONTROL)})),\n`;
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "internet", ${network}),
${storage === undefined ? '' : `    (name = "storage", disk = (path = ${quote(storage)}, writable = true)),`}
  ],
  sockets = [
    (name = ${quote(HTTP_SOCKET)}, address = ${quote(address)}, ${protocol}, service = "worker"),
${control}  ],
);

const worker :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "index.js")],
  compatibilityDate = ${quote(wrangler.compatibility_date)},
  compatibilityFlags = [${(wrangler.compatibility_flags ?? []).map(quote).join(', ')}],
  durableObjectNamespaces = [
${lines(bindings, (it) => `(className = ${quote(it.class_name)}, uniqueKey = ${quote(it.class_name)}, enableSql = true, preventEviction = ${NEVER_EVICTED.includes(it.class_name)})`)}
  ],
  durableObjectStorage = (${storage === undefined ? 'inMemory = void' : 'localDisk = "storage"'}),
  bindings = [
${lines(bindings, (it) => `(name = ${quote(it.name)}, durableObjectNamespace = ${quote(it.class_name)})`)}
${lines(Object.entries(variables), ([name, value]) => `(name = ${quote(name)}, text = ${quote(value)})`)}
  ],
);
`;
}

function lines<T>(items: readonly T[], format: (item: T) => string): string {
  return items.map((item) => `    ${format(item)},`).join('\n');
}

/** Cap'n Proto writes text as C does. JSON's escapes are a part of that, except \\u. */
function quote(text: string): string {
  return JSON.stringify(text);
}
