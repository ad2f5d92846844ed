import type { Reporter, TestCase, TestModule } from 'vitest/node';

/**
 * Ends the output of a run with a line that any script can read: `N passed, N failed`. Before it stands
 * each test that failed and passed when it was tried again, with what it had failed with.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length };
    const retried: string[] = [];
    for (const module of modules) {
      // A file or a group that fails outside of its tests, in a hook for one, has no test to count.
      for (const group of [module, ...module.children.allSuites()]) {
        if (group.errors().length > 0) count.failed += 1;
      }
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed' || state === 'failed') count[state] += 1;
        if (test.diagnostic()?.flaky) retried.push(describeRetried(module, test));
      }
    }
    for (const it of retried) console.log(it);
    console.log(`\n${count.passed} passed, ${count.failed} failed`);
  }
}

function describeRetried({ project, relativeModuleId }: TestModule, test: TestCase): string {
  const reasons = test.result().errors?.map(({ message }) => message) ?? [];
  const where = `${project.name}, ${relativeModuleId}: ${test.fullName}`;
  return `\npassed when it was tried again: ${where}\n  ${reasons.join('\n  ')}`;
}
