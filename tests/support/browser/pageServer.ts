import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { listenHere } from '../listenHere.ts';
import { IDLE_PAGE } from './idleTabs.ts';
import { installPeerPageClient } from './peerPageClient.ts';

/** A running server of the page that the peers live in. */
export interface PageServer {
  /** Address of the page. */
  readonly url: string;
  /** Address of a page with nothing in it. */
  readonly idleUrl: string;
  /** Stops the server and drops the browser's idle connections to it. */
  close(): Promise<void>;
}

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>Peer page</title>
<link rel="icon" href="data:,">
<script src="/peerjs.min.js"></script>
<script src="/client.js"></script>
`;

/**
 * Serves a blank page with the stock PeerJS client and the script that the helpers in
 * peerPage.ts talk to, on a free port of 127.0.0.1. (Browsers give camera access only to
 * secure pages, and pages from that address count as such.)
 *
 * @param client the npm package that holds the client: the current one, or an older version
 */
export async function startPageServer(client = 'peerjs'): Promise<PageServer> {
  const javascript = 'text/javascript; charset=utf-8';
  const files = new Map([
    ['/', { type: 'text/html; charset=utf-8', body: PAGE }],
    ['/idle', { type: 'text/html; charset=utf-8', body: IDLE_PAGE }],
    ['/peerjs.min.js', { type: javascript, body: await readPeerjs(client) }],
    ['/client.js', { type: javascript, body: `(${installPeerPageClient.toString()})();` }],
  ]);
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? '');
    if (file === undefined) {
      response.writeHead(404).end();
    } else {
      response.writeHead(200, { 'content-type': file.type }).end(file.body);
    }
  });
  const port = await listenHere(server);
  return {
    url: `http://127.0.0.1:${port}/`,
    idleUrl: `http://127.0.0.1:${port}/idle`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function readPeerjs(client: string): Promise<string> {
  const packageFile = findPackageJSON(client, import.meta.url);
  if (packageFile === undefined) {
    throw new Error(`The npm package ${client} is not installed; run npm install.`);
  }
  return readFile(join(dirname(packageFile), 'dist', 'peerjs.min.js'), 'utf8');
}
