import { finding } from './finding.ts';
import { http } from './http.ts';
import { joining } from './joining.ts';
import { leaving } from './leaving.ts';
import { members } from './members.ts';
import { otherClients } from './otherClients.ts';
import { relaying } from './relaying.ts';
import { seats } from './seats.ts';
import { waiting } from './waiting.ts';
import type { Story } from './world.ts';

/** All that is told of the official server and of this one. */
export const stories: readonly Story[] = [
  ...joining,
  ...relaying,
  ...waiting,
  ...leaving,
  ...http,
  ...members,
  ...seats,
  ...finding,
  ...otherClients,
];
