import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../support/servers.ts';

const BROWSER = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const PAGES = ['/', '/demo', '/examples', '/dashboard'];

let server: TestServer;
let origin: string;
beforeAll(async () => {
  server = await startTestServer({ host: '127.0.0.1', port: 0, environment: {} });
  origin = `http://127.0.0.1:${server.port}`;
});
afterAll(() => server.stop());

async function get(path: string, headers: Readonly<Record<string, string>> = BROWSER) {
  const response = await fetch(origin + path, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The paths of the scripts and style sheets that a page loads. */
function assetsOf(html: string): string[] {
  return [...html.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, path]) => `/${path}`);
}

it.each([
  ['a browser', BROWSER, 'text/html; charset=utf-8'],
  ['a client that accepts anything', { Accept: '*/*' }, 'application/json'],
  ['a client that asks for JSON', { Accept: 'application/json' }, 'application/json'],
])('at / %s gets what it asks for', async (_, headers, type) => {
  const response = await get('/', headers);
  expect(response.headers.get('Content-Type')).toBe(type);
  expect(response.headers.get('Vary')).toContain('Accept');
});

it.each(PAGES)('%s allows nothing but its own files and sockets', async (path) => {
  const { headers, text } = await get(path);
  const { host } = new URL(origin);
  expect(headers.get('Content-Security-Policy')).toBe(
    `default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' ws://${host} wss://${host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  expect(text).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=|\sstyle=|https?:/);
});

it.each(PAGES)('a link to %s shows a title, a sentence and an icon', async (path) => {
  const { text } = await get(path);
  expect(text).toMatch(/<title>[^<]+ · PeerJS server<\/title>/);
  expect(text).toMatch(/<meta name="description" content="[^"{]+\."/);
  const [, icon = ''] = /<link rel="icon"[^>]*href="data:image\/svg\+xml,([^"]+)"/.exec(text) ?? [];
  expect(decodeURIComponent(icon)).toMatch(/^<svg .*<\/svg>$/);
});

it.each(PAGES)('%s is not sent again while it is the same', async (path) => {
  const { headers } = await get(path);
  const etag = headers.get('ETag') ?? '';
  expect((await get(path, { ...BROWSER, 'If-None-Match': `W/${etag}` })).status).toBe(304);
  expect((await get(path, { ...BROWSER, 'If-None-Match': '"another"' })).status).toBe(200);
});

it('keeps scripts and style sheets for good, since their names change with them', async () => {
  const { text } = await get('/');
  const paths = assetsOf(text);
  expect(paths.map((path) => path.replace(/-[^.]+/, ''))).toEqual(
    expect.arrayContaining(['/assets/check.css', '/assets/check.js']),
  );
  for (const path of paths) {
    const { status, headers } = await get(path);
    expect(status).toBe(200);
    expect(headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
  }
  expect((await get('/assets/check-00000000.js')).status).toBe(404);
});

it('an example allows its own script and style, what it loads from here, and nothing else', async () => {
  const { headers, text } = await get('/examples/noughts');
  const policy = headers.get('Content-Security-Policy') ?? '';
  expect(policy).toMatch(
    /^default-src 'none'; script-src 'self' 'sha256-\S+'; style-src 'self' 'sha256-\S+';/,
  );
  const [, script = ''] = /<script[^>]*>([\s\S]*?)<\/script>/.exec(text) ?? [];
  expect(policy).toContain(createHash('sha256').update(script).digest('base64'));
  const etag = headers.get('ETag') ?? '';
  const again = await get('/examples/noughts', { ...BROWSER, 'If-None-Match': etag });
  expect(again.status).toBe(304);
});

it.each(['/client.js', '/client.bundle.js'])(
  '%s may be used by pages of other sites, and is not sent again while it is the same',
  async (path) => {
    const { headers } = await get(path, { Origin: 'https://game.example' });
    expect(headers.get('Content-Type')).toBe('text/javascript; charset=utf-8');
    expect(headers.get('Access-Control-Allow-Origin')).toBe('https://game.example');
    expect(headers.get('Cross-Origin-Resource-Policy')).toBe('cross-origin');
    const etag = headers.get('ETag') ?? '';
    expect((await get(path, { 'If-None-Match': `W/${etag}` })).status).toBe(304);
    expect((await get(path, { 'If-None-Match': '"another"' })).status).toBe(200);
  },
);

it.each(['/demo', '/examples', '/dashboard'])(
  'sends %s/ to where its relative links are right',
  async (path) => {
    const response = await fetch(`${origin}${path}/?room=a`, {
      headers: BROWSER,
      redirect: 'manual',
    });
    expect(response.status).toBe(308);
    expect(response.headers.get('Location')).toBe(`..${path}?room=a`);
  },
);

it('stays under 150 KB for each page, and for all of them compressed', async () => {
  const compressed = new Map<string, number>();
  for (const path of PAGES) {
    const { text } = await get(path);
    const files = [[path, text] as const];
    for (const asset of assetsOf(text)) files.push([asset, (await get(asset)).text]);
    const size = files.reduce((sum, [, body]) => sum + Buffer.byteLength(body), 0);
    expect(size, path).toBeLessThan(150_000);
    for (const [name, body] of files) compressed.set(name, gzipSync(body).byteLength);
  }
  expect([...compressed.values()].reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000);
});

it('tells no page an access key of one’s own', async () => {
  const key = 'only-for-friends';
  const guarded = await startTestServer({
    host: '127.0.0.1',
    port: 0,
    environment: { PEERJS_KEY: key },
  });
  try {
    for (const path of PAGES) {
      const response = await fetch(`http://127.0.0.1:${guarded.port}${path}`, { headers: BROWSER });
      expect(JSON.stringify([...response.headers]) + (await response.text())).not.toContain(key);
    }
  } finally {
    await guarded.stop();
  }
});

it('serves every page, and all that the pages link to and load, below the path of the server too', async () => {
  const mounted = await startTestServer({ path: '/peer' });
  try {
    const folder = `http://127.0.0.1:${mounted.port}/peer`;
    const found = new Set([`${folder}/`, `${folder}/client.js`]);
    for (const url of found) {
      // Not with `fetch`: the reference has the paths without a path of the server.
      const [response] = (await once(request(url, { headers: BROWSER }).end(), 'response')) as [
        IncomingMessage,
      ];
      const body = await text(response);
      // The link back from an example has a slash at its end.
      const { location } = response.headers;
      expect(response.statusCode, url).toBe(location === undefined ? 200 : 308);
      if (location !== undefined) found.add(new URL(location, url).href);
      if (!response.headers['content-type']?.startsWith('text/html')) continue;
      for (const [, link = ''] of body.matchAll(/(?:\s(?:href|src)=|from )["']([^"'#{]+)["']/g)) {
        const { href } = new URL(link, url);
        if (href.startsWith(`http://127.0.0.1:${mounted.port}`)) found.add(href);
      }
    }
    for (const path of [...PAGES, '/client.bundle.js', '/examples/noughts']) {
      expect([...found]).toContain(folder + path);
    }
  } finally {
    await mounted.stop();
  }
});
