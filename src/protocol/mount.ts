import { withSingleSlashes } from './peerPathname.ts';

/** What is served at the top beside `/`, and below the path of `--path` as well: see routes.ts. */
export const TOP_PATHS = [
  '/health',
  '/metrics',
  '/demo',
  '/dashboard',
  '/examples',
  '/examples/:name',
  '/assets/:file',
  '/client.js',
  '/client.bundle.js',
  '/openapi.yaml',
  '/asyncapi.yaml',
] as const;

/** One of them. */
export type TopPath = (typeof TOP_PATHS)[number];

/** These, and rooms: the demo has some. The socket of a realm, `{path}/peerjs`, is no page of that name. */
const MOUNTED = new RegExp(
  `^(?:/|(?:${TOP_PATHS.join('|').replaceAll('.', '\\.').replace(/:\w+/g, '(?!peerjs/*$)[^/]+')}|/room/.+)/?)$`,
);

/**
 * A path as it stands in the URL of a request, without a slash at the end: nothing is left of `/`.
 *
 * @param path such as `/myapp`, with or without slashes at its ends.
 */
export function mountPath(path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '');
  return new URL(`/${segments.join('/')}`, 'http://localhost/').pathname.replace(/^\/$/, '');
}

/**
 * The path at the top for one below a mount: `/health` for `/myapp/health`.
 *
 * @param pathname of a request.
 * @param mount the path below which all is served as well, as `mountPath` gives it; empty for none.
 * @returns undefined for a path that needs no change, such as that of a realm.
 */
export function belowMount(pathname: string, mount: string): string | undefined {
  if (mount === '') return undefined;
  const path = withSingleSlashes(pathname);
  if (!isBelow(path, mount)) return undefined;
  const rest = path.slice(mount.length) || '/';
  return MOUNTED.test(rest) ? rest : undefined;
}

/** Whether a path is at or below another one. */
export function isBelow(path: string, mount: string): boolean {
  return path === mount || path.startsWith(`${mount}/`);
}

/** Whether this is a browser at the mounted root without a slash, where relative links would fail. */
export function lacksSlash(target: string, accept: string | undefined, mount: string): boolean {
  const isBrowser = accept?.includes('text/html') ?? false;
  return isBrowser && mount !== '' && target.replace(/\?.*/, '') === mount;
}

/** The address with the slash: relative, so that it is right behind a proxy that strips a prefix too. */
export function withSlash(mount: string): string {
  return `${mount.slice(mount.lastIndexOf('/') + 1)}/`;
}
