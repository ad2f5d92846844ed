import type { PeerOptions } from 'peerjs';
import type { LinkFailure } from '../../src/protocol/linkReports.ts';
import type { Route } from './route.ts';

/** How an attempt to connect ended, as this page knows it. */
type Ended =
  | { readonly to: string; readonly ms: number; readonly route: Route }
  | { readonly to: string; readonly ms: number; readonly reason: LinkFailure };

/** Tells the server how an attempt to connect ended. Nobody waits for it, and it may fail. */
export function reportLink({ path, key, token }: PeerOptions, ended: Ended): void {
  const link =
    'route' in ended
      ? { ...ended, connected: true, route: nameOf(ended.route) }
      : { ...ended, connected: false };
  const query = token === undefined ? '' : `?${new URLSearchParams({ token })}`;
  void fetch(`${path}/${key}/links${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ links: [link] }),
    keepalive: true,
  }).catch(() => {});
}

function nameOf({ local, remote }: Route): RTCIceCandidateType {
  return remote === 'relay' ? remote : local;
}
