import type { Context } from 'hono';
import { exampleAssets, examples } from '../../build/web/examples.js';
import { assets, pages } from '../../build/web/pages.js';
import { hasSignedTokens } from '../admission/authorize.ts';
import type { Runtime } from '../room/Runtime.ts';
import { DEFAULT_KEY, type Settings } from '../settings.ts';
import { bodyUnlessCurrent } from './bodyUnlessCurrent.ts';
import { serverInfo } from './serverInfo.ts';

/** All files of the pages and of the examples. */
const ASSETS = { ...assets, ...exampleAssets };

/** `GET /`: the connection check for a browser, the official server's JSON for other clients. */
export function checkPageOrServerInfo(context: Context, runtime: Runtime): Response {
  context.header('Vary', 'Accept', { append: true });
  const isBrowser = context.req.header('Accept')?.includes('text/html') ?? false;
  return isBrowser ? page(context, runtime, 'check') : serverInfo(context);
}

/** `GET /demo`: a room to try with friends. */
export function demoPage(context: Context, runtime: Runtime): Response {
  return pageWithoutSlash(context, runtime, 'demo');
}

/** `GET /examples`: the list of the examples. */
export function examplesPage(context: Context, runtime: Runtime): Response {
  return pageWithoutSlash(context, runtime, 'examples');
}

/** `GET /dashboard`: what the server is doing. The page gets all numbers from `/metrics`. */
export function dashboardPage(context: Context, runtime: Runtime): Response {
  return pageWithoutSlash(context, runtime, 'dashboard');
}

/** `GET /examples/<name>`, also with the ending of its file: a game that is one page. */
export function examplePage(context: Context): Response | Promise<Response> {
  const name = context.req.param('name')?.replace(/\.html$/, '') ?? '';
  const example = Object.hasOwn(examples, name) ? examples[name] : undefined;
  if (example === undefined) return context.notFound();
  const { html, hash, script, style } = example;
  const { host } = new URL(context.req.url);
  const policy = contentSecurityPolicy(host, script, style);
  return bodyUnlessCurrent(context, html, hash, pageHeaders(policy));
}

/** `GET /assets/<file>`: a script or a style sheet. Its name changes with its content. */
export function pageAsset(context: Context): Response | Promise<Response> {
  const file = context.req.param('file') ?? '';
  const asset = Object.hasOwn(ASSETS, file) ? ASSETS[file] : undefined;
  if (asset === undefined) return context.notFound();
  return context.body(asset.body, 200, {
    'Content-Type': asset.type,
    'Cache-Control': 'public, max-age=31536000, immutable',
    'X-Content-Type-Options': 'nosniff',
  });
}

/**
 * Redirects to the address without a slash at the end: the links of a page are relative, so that a
 * proxy can serve it below a path, and would be wrong after a slash.
 */
function pageWithoutSlash(
  context: Context,
  runtime: Runtime,
  name: 'demo' | 'examples' | 'dashboard',
): Response {
  const url = new URL(context.req.url);
  return url.pathname.endsWith('/')
    ? context.redirect(`../${name}${url.search}`, 308)
    : page(context, runtime, name);
}

/** A page from web/, with the few settings of this server that its script needs. */
function page(context: Context, runtime: Runtime, name: keyof typeof pages): Response {
  const { html, hash } = pages[name];
  const settings = publicSettings(runtime.settings);
  const body = html.replace(/\{\{(\w+)\}\}/g, (placeholder, setting: string) =>
    setting in settings ? settings[setting as keyof typeof settings] : placeholder,
  );
  const version = [hash, ...Object.values(settings)].join('-');
  const policy = contentSecurityPolicy(new URL(context.req.url).host);
  return bodyUnlessCurrent(context, body, version, pageHeaders(policy));
}

function pageHeaders(policy: string) {
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    // Checked at each visit, since the page names the assets of the deployed version.
    'Cache-Control': 'no-cache',
  };
}

/**
 * What anybody may see of the settings. A key other than the default keeps out clients that do not
 * know it, so the page must not contain it, and asks the user for it.
 */
function publicSettings(settings: Settings) {
  const { key } = settings;
  return {
    accessKey: key === DEFAULT_KEY ? key : '',
    signedTokens: hasSignedTokens(settings) ? 'on' : 'off',
  };
}

/**
 * Allows the page's own files and sockets to its own host, and nothing else. The host is named too,
 * since some browsers do not count a WebSocket as part of 'self'.
 *
 * @param inlineScript the hash of a script in the page itself, if it has one.
 * @param inlineStyle the hash of a style sheet in the page itself, if it has one.
 */
function contentSecurityPolicy(host: string, inlineScript = '', inlineStyle = ''): string {
  const sockets = /^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : '';
  return [
    "default-src 'none'",
    `script-src 'self'${inlineScript}`,
    `style-src 'self'${inlineStyle}`,
    'img-src data:',
    `connect-src 'self'${sockets}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
