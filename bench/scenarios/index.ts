import { calls } from './calls.ts';
import { clients } from './clients.ts';
import { core } from './core.ts';
import { flood } from './flood.ts';
import { games } from './games.ts';
import { heap } from './heap.ts';
import { idle } from './idle.ts';
import { join } from './join.ts';
import { mesh } from './mesh.ts';
import { pace } from './pace.ts';
import { polled } from './polled.ts';
import { relay } from './relay.ts';
import type { Scenario } from './Scenario.ts';
import { wake } from './wake.ts';

/** All scenarios, in the order they run in. */
export const SCENARIOS: readonly Scenario[] = [
  join,
  mesh,
  calls,
  flood,
  relay,
  pace,
  idle,
  wake,
  polled,
  games,
  clients,
  core,
  heap,
];
