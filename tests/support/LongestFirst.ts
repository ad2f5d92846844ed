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

/**
 * Projects of many short files, which need the processor: they run beside those that wait. They come one
 * after the other, so that few processes and runtimes do them all and load the same modules once.
 */
const BUSY = ['unit', 'documents', 'workerd', 'servers', 'node'];

/** What takes longest of the rest. */
const LONG = [
  'tests/browser/clientKit.test.ts',
  'tests/browser/clientKitReports.test.ts',
  'tests/browser/clientKitErrors.test.ts',
  'tests/browser/clientKitRooms.test.ts',
  'tests/browser/examples.test.ts',
  'tests/browser/everyPage.test.ts',
  'tests/stories/on/node.test.ts',
  'tests/stories/on/official.test.ts',
  'tests/stories/on/shards.test.ts',
  'tests/stories/on/workerd.test.ts',
];

/**
 * Has files that wait run beside files that compute, from the first minute to the last. vitest goes through
 * the projects by their names, and would have both cores idle first, and then too many tests share them.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isOneOf = (names: readonly string[], { moduleId }: TestSpecification) =>
      names.some((name) => moduleId.endsWith(name));
    const rankOf = (file: TestSpecification) => {
      if (isOneOf(WAITING, file)) return 0;
      if (BUSY.includes(file.project.name)) return 1 + BUSY.indexOf(file.project.name);
      return 1 + BUSY.length + (isOneOf(LONG, file) ? 0 : 1);
    };
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}
