import type { Context } from 'hono';
import { assets, pages } from '../../build/web/pages.js';
import type { Runtime } from '../room/Runtime.ts';
import { DEFAULT_KEY, type Settings } from '../settings.ts';
import { serverInfo } from './serverInfo.ts';

/** `GET /`: the connection check for a browser, the official server's JSON for anyone else. */
export function checkPageOrServerInfo(context: Context, runtime: Runtime): Response {
  context.header('Vary', 'Accept', { append: true });
  const isBrowser = context.req.header('Accept')?.includes('text/html') ?? false;
  return isBrowser ? page(context, runtime, 'check') : serverInfo(context);
}

/** `GET /demo`: a room to try with friends. */
export function demoPage(context: Context, runtime: Runtime): Response {
  return pageWithoutSlash(context, runtime, 'demo');
}

/** `GET /dashboard`: what the server is doing. Holds no numbers itself: it asks `/metrics` for them. */
export function dashboardPage(context: Context, runtime: Runtime): Response {
  return pageWithoutSlash(context, runtime, 'dashboard');
}

/** `GET /assets/<file>`: a script or a style sheet. Its name changes with what it holds. */
export function pageAsset(context: Context): Response | Promise<Response> {
  const file = context.req.param('file') ?? '';
  const asset = Object.hasOwn(assets, file) ? assets[file] : undefined;
  if (asset === undefined) return context.notFound();
  return context.body(asset.body, 200, {
    'Content-Type': asset.type,
    'Cache-Control': 'public, max-age=31536000, immutable',
    'X-Content-Type-Options': 'nosniff',
  });
}

/** The links of a page are relative, for proxies that serve it below a path, and so not right behind a slash. */
function pageWithoutSlash(
  context: Context,
  runtime: Runtime,
  name: 'demo' | 'dashboard',
): Response {
  const url = new URL(context.req.url);
  return url.pathname.endsWith('/')
    ? context.redirect(`../${name}${url.search}`, 308)
    : page(context, runtime, name);
}

/** A page, as it stands in web/, with the few settings of this server that its script has to know. */
function page(context: Context, runtime: Runtime, name: keyof typeof pages): Response {
  const { html, hash } = pages[name];
  const settings = publicSettings(runtime.settings);
  const etag = `"${[hash, ...Object.values(settings)].join('-')}"`;
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': contentSecurityPolicy(new URL(context.req.url).host),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    // Asked for again at each visit, since it names the assets of the version that is deployed.
    'Cache-Control': 'no-cache',
    ETag: etag,
  };
  // Whoever compresses a page on its way makes the tag a weak one.
  if (context.req.header('If-None-Match')?.includes(etag)) return context.body(null, 304, headers);
  return context.body(
    html.replace(/\{\{(\w+)\}\}/g, (placeholder, setting: string) =>
      setting in settings ? settings[setting as keyof typeof settings] : placeholder,
    ),
    200,
    headers,
  );
}

/**
 * A key of one's own keeps out those who were not given it, so a page that anyone may fetch must not
 * tell it: the page asks for it instead. The default key is no secret.
 */
function publicSettings({ key, maxPeersPerRoom }: Settings) {
  return { accessKey: key === DEFAULT_KEY ? key : '', seats: String(maxPeersPerRoom) };
}

/**
 * Nothing but the page's own files, and sockets to where it came from. They are named by host as
 * well, since some browsers do not count a WebSocket as part of 'self'.
 */
function contentSecurityPolicy(host: string): string {
  const sockets = /^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    'img-src data:',
    `connect-src 'self'${sockets}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
