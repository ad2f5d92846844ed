import type { DataConnection } from 'peerjs';

/** How two players reach each other. */
export interface Route {
  readonly local: RTCIceCandidateType;
  readonly remote: RTCIceCandidateType;
  readonly protocol: string;
}

const ROUND_TRIPS = 5;

/** The median milliseconds of a message there and back. The other side must send back what it gets. */
export async function medianRoundTrip(connection: DataConnection): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < ROUND_TRIPS; index += 1) {
    const echo = new Promise((resolve) => connection.once('data', resolve));
    const sent = performance.now();
    void connection.send(index);
    await echo;
    times.push(performance.now() - sent);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(ROUND_TRIPS / 2)] ?? 0;
}

/** The selected pair of candidates, from the browser's statistics. */
export async function routeOf(connection: DataConnection): Promise<Route | undefined> {
  const statistics = await connection.peerConnection.getStats();
  // The DOM library has one type for all kinds of entries.
  const byId = new Map<string, Record<string, unknown>>();
  statistics.forEach((entry: { id: string }) => {
    byId.set(entry.id, { ...entry });
  });
  const pairs = [...byId.values()].filter(({ type }) => type === 'candidate-pair');
  const transport = [...byId.values()].find(({ type }) => type === 'transport');
  // Firefox has no transport entry, and marks the pair instead.
  const pair =
    byId.get(String(transport?.selectedCandidatePairId)) ??
    pairs.find(({ nominated, state }) => nominated === true && state === 'succeeded');
  const local = byId.get(String(pair?.localCandidateId));
  const remote = byId.get(String(pair?.remoteCandidateId));
  if (local === undefined || remote === undefined) return undefined;
  return {
    local: local.candidateType as RTCIceCandidateType,
    remote: remote.candidateType as RTCIceCandidateType,
    protocol: String(local.protocol),
  };
}

/** A route in words. */
export function routeSentence(route: Route | undefined): string {
  if (route === undefined) return 'Connected; this browser does not say how';
  const { local, remote, protocol } = route;
  const over = protocol.toUpperCase();
  if (local === 'relay' || remote === 'relay') return `Through a TURN server, over ${over}`;
  if (local === 'host' && remote === 'host') return `Direct, in one network, over ${over}`;
  // What one side calls prflx the other may well call host.
  if (local === 'srflx' || remote === 'srflx') return `Direct, through the router, over ${over}`;
  return `Direct, over ${over}`;
}
