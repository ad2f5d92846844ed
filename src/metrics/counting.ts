/** Counts by a key, and counts in buckets: plain data. */

/** Adds `more` to `counts`. What `more` lacks counts as 0. */
export function addAll<Key extends string>(
  counts: Record<Key, number>,
  more: Partial<Record<Key, number>> = {},
): void {
  for (const key of Object.keys(counts) as Key[]) counts[key] += more[key] ?? 0;
}

export function zeroes<Key extends string>(keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
}

/** A bucket for each upper bound, and one more for what is above all. */
export function noBuckets(bounds: readonly number[]): number[] {
  return new Array<number>(bounds.length + 1).fill(0);
}

/** Counts a value in its bucket. */
export function countIn(buckets: number[], bounds: readonly number[], value: number): void {
  let bucket = 0;
  while (value > (bounds[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
  buckets[bucket] = (buckets[bucket] ?? 0) + 1;
}

/** Adds `more` to `buckets`. */
export function addBuckets(buckets: number[], more: readonly number[] = []): void {
  for (const bucket of buckets.keys()) {
    buckets[bucket] = (buckets[bucket] ?? 0) + (more[bucket] ?? 0);
  }
}
