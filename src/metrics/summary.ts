import type { Snapshot } from './Collection.ts';

/**
 * The snapshot as JSON for a dashboard. Names of counters are as in the text format.
 *
 * @param hasNames whether the names of rooms and peers are in it.
 */
export function summary(snapshot: Snapshot, hasNames: boolean) {
  const { counters } = snapshot;
  const { relayed, refusals, failures } = counters;
  return {
    activeRooms: snapshot.rooms,
    activePeers: snapshot.peers,
    totalConnections: counters.connections,
    /** Of the messages that were reported in the last minute. */
    messagesPerSecond: snapshot.messagesPerSecond,
    /** Since counting began. */
    uptimeSeconds: Math.max(0, Math.round((snapshot.at - snapshot.since) / 1000)),
    /** Refusals by reason, and failures of the server itself. */
    errors: { ...refusals, failure: failures },
    timestamp: new Date(snapshot.at).toISOString(),
    counters: {
      connections: counters.connections,
      relayed,
      expired: counters.expired,
      takeovers: counters.takeovers,
      wakes: counters.wakes,
      pendingSeconds: counters.pending / 1000,
      refusals,
      handshakes: { offer: counters.offers, answer: relayed.ANSWER },
    },
    /** The largest, up to 500, and of each up to 100 peers. */
    rooms: hasNames
      ? snapshot.coordinators
      : snapshot.coordinators.map((place) => ({ ...place, name: '', peers: [] })),
  };
}
