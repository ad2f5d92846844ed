/**
 * What the property-based tests share: where their randomness comes from, and how much they do.
 *
 * `npm test` always runs the same cases. `npm run fuzz` runs more of them, from a new seed that it
 * prints; `FUZZ_SEED=<seed> npm run fuzz` runs those again.
 */
export const FUZZ_SEED = Number(process.env.FUZZ_SEED || 20_261_101);

/** How many times as much as in `npm test`. */
export const FUZZ_FACTOR = Number(process.env.FUZZ_FACTOR || 1);

/** The parameters of `fc.assert`. @param runs in `npm test`. */
export function fuzzing(runs: number): { seed: number; numRuns: number } {
  return { seed: FUZZ_SEED, numRuns: runs * FUZZ_FACTOR };
}
