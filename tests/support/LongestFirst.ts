import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** They wait for real time to pass, each for most of a minute. */
const LONGEST = [
  'tests/browser/endings.test.ts',
  'tests/network/network.test.ts',
  'tests/servers/workerdOnly/sleeping.test.ts',
  'tests/stories/on/evicted.test.ts',
  'tests/tools/benchmark.test.ts',
  'tests/workerd/metrics.test.ts',
];

/** Projects of many short files, and then one of files that mostly wait, each for half a minute. */
const EARLY = ['unit', 'documents', 'workerd', 'stories'];

/**
 * Lets the files begin first that take longest and need no processor meanwhile. vitest goes through the
 * projects by their names, and would wait for such a file alone in the end.
 *
 * The short ones come next. While most workers are busy with the long ones, one or two are free: they do
 * them all, and so start few processes and runtimes, of which each would load the same modules.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rankOf = ({ moduleId, project }: TestSpecification) => {
      if (LONGEST.some((file) => moduleId.endsWith(file))) return 0;
      return EARLY.includes(project.name) ? 1 + EARLY.indexOf(project.name) : 1 + EARLY.length;
    };
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}
