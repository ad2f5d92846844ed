/** The steps of the check, in the order in which they are taken. */
export const STEPS = {
  webrtc: {
    name: 'WebRTC',
    meaning: 'This browser can connect players directly.',
    patience: 1000,
  },
  id: {
    name: 'Id',
    meaning: 'The server answers over HTTP: it made an id for a player.',
    patience: 10_000,
  },
  socket: {
    name: 'Socket',
    meaning: 'A WebSocket to the server is open.',
    patience: 10_000,
  },
  open: {
    name: 'OPEN',
    meaning: 'The server let the player in.',
    patience: 10_000,
  },
  server: {
    name: 'Round trip to the server',
    meaning: 'The server answers on the WebSocket.',
    patience: 10_000,
  },
  ice: {
    name: 'ICE servers',
    meaning: 'The server named its STUN and TURN servers.',
    patience: 10_000,
  },
  address: {
    name: 'Network address',
    meaning: 'This browser offers an address to connect to.',
    patience: 10_000,
  },
  stun: {
    name: 'STUN over UDP',
    meaning: 'A STUN server saw this network from outside: UDP gets through.',
    patience: 10_000,
  },
  turnUdp: {
    name: 'TURN over UDP',
    meaning: 'A TURN server gave this browser an address, over UDP.',
    patience: 10_000,
  },
  turnTcp: {
    name: 'TURN over TCP',
    meaning: 'The same over TCP, where UDP is blocked.',
    patience: 10_000,
  },
  turnTls: {
    name: 'TURN over TLS',
    meaning: 'The same over TLS, where a firewall lets only that through.',
    patience: 10_000,
  },
  relay: {
    name: 'Through the relay',
    meaning: 'A message went to the TURN server and back.',
    patience: 15_000,
  },
  offer: {
    name: 'Offer',
    meaning: 'A second player joined, and got the first one’s offer.',
    patience: 20_000,
  },
  answer: {
    name: 'Answer',
    meaning: 'Its answer came back.',
    patience: 10_000,
  },
  connected: {
    name: 'Connected',
    meaning: 'The two players in this page have a connection.',
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

/** How TURN servers are reached, each a step of its own. */
export const TURN_STEPS = ['turnUdp', 'turnTcp', 'turnTls'] as const;

export type TurnStep = (typeof TURN_STEPS)[number];

export type StepState =
  | 'waiting'
  | 'running'
  | 'done'
  /** Reached, with something that a player should know. */
  | 'warned'
  | 'failed'
  /** It does not apply here. */
  | 'skipped';

/** Where a step stands. */
export interface StepResult {
  readonly state: StepState;
  /** How long it took. */
  readonly milliseconds?: number;
  readonly detail?: string;
}

export type StepResults = Readonly<Record<Step, StepResult>>;

export function noResults(): Record<Step, StepResult> {
  return Object.fromEntries(STEP_NAMES.map((step) => [step, { state: 'waiting' }])) as Record<
    Step,
    StepResult
  >;
}
