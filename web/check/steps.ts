/** The steps of a connection, in the order in which they can be reached. */
export const STEPS = {
  id: {
    name: 'Id',
    meaning: 'The server made an id for each player.',
    patience: 10_000,
  },
  socket: {
    name: 'Socket',
    meaning: 'Both WebSockets are open.',
    patience: 10_000,
  },
  open: {
    name: 'OPEN',
    meaning: 'Both players have joined.',
    patience: 10_000,
  },
  offer: {
    name: 'Offer',
    meaning: 'The first player’s offer reached the second.',
    patience: 10_000,
  },
  answer: {
    name: 'Answer',
    meaning: 'The answer came back.',
    patience: 10_000,
  },
  candidate: {
    name: 'First candidate',
    meaning: 'A network address of one player reached the other.',
    patience: 10_000,
  },
  connected: {
    name: 'Connected',
    meaning: 'A direct connection is open.',
    patience: 20_000,
  },
  roundTrip: {
    name: 'Message round trip',
    meaning: 'A message went there and back without the server.',
    patience: 10_000,
  },
} as const satisfies Record<string, { name: string; meaning: string; patience: number }>;

export type Step = keyof typeof STEPS;

export const STEP_NAMES = Object.keys(STEPS) as Step[];
