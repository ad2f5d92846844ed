/**
 * `npm start`: serves the Worker on this machine, with the flags of the command (cli.ts).
 */
import { greeting } from './greeting.ts';
import { hostOfSources } from './hostOfSources.ts';
import { serve } from './serve.ts';
import { startOnWorkerd } from './startOnWorkerd.ts';

await serve({ name: 'npm start --', host: hostOfSources(), start: startOnWorkerd, greeting });
