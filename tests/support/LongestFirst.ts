import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** They wait for real time to pass, each for most of a minute, and need no processor meanwhile. */
const WAITING = [
  'tests/browser/endings.test.ts',
  'tests/network/network.test.ts',
  'tests/servers/workerdOnly/sleeping.test.ts',
  'tests/stories/on/evicted.test.ts',
  'tests/tools/benchmark.test.ts',
  'tests/workerd/metrics.test.ts',
];

/** Many short files, of which a few processes do one after the other. */
const QUICK = [
  'src/',
  'selfhost/',
  'tools/',
  'web/',
  'client/',
  'tests/documents/',
  'tests/workerd/',
];

/** They take long, and compute now and then: in this order. */
const LONG = [
  'tests/stories/',
  'tests/browser/clientKit.test.ts',
  'tests/browser/clientKitErrors.test.ts',
  'tests/browser/clientKitReports.test.ts',
  'tests/browser/everyPage.test.ts',
  'tests/servers/limits.test.ts',
  'tests/servers/operating.test.ts',
  'tests/servers/smoke.test.ts',
  'tests/servers/workerdOnly/',
];

/** The last of them begins when so much of the rest has begun. */
const LONG_UNTIL = 0.65;

/**
 * Has files that wait run beside files that compute, from the first minute to the last. vitest goes through
 * the projects by their names: both cores would be idle for a while, and a file that waits be alone in the end.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const those = (beginning: string) =>
      sorted.filter(({ moduleId, project }) =>
        moduleId.slice(project.config.root.length + 1).startsWith(beginning),
      );
    const first = [...WAITING, ...QUICK].flatMap(those);
    const long = LONG.flatMap(those);
    const rest = sorted.filter((file) => !first.includes(file) && !long.includes(file));
    // A file that is of two kinds begins with the earlier one.
    return [...new Set([...first, ...mix(long, rest)])];
  }
}

/** Spreads what takes long evenly between the rest, so that nothing of it is left for the end. */
function mix<Item>(long: readonly Item[], rest: readonly Item[]): Item[] {
  return [
    ...long.map((item, index) => ({ item, place: (LONG_UNTIL * index) / long.length })),
    ...rest.map((item, index) => ({ item, place: index / rest.length })),
  ]
    .toSorted((one, other) => one.place - other.place)
    .map(({ item }) => item);
}
