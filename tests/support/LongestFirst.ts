import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** They wait for real time to pass, each for most of a minute. */
const LONGEST = [
  'tests/browser/endings.test.ts',
  'tests/network/network.test.ts',
  'tests/servers/workerdOnly/sleeping.test.ts',
  'tests/tools/benchmark.test.ts',
];

/**
 * Lets the files begin first that take longest and need no processor meanwhile. vitest goes through the
 * projects by their names, and would wait for such a file alone in the end.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) =>
      LONGEST.some((file) => moduleId.endsWith(file));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
