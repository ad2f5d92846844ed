import type { Reporter, TestModule } from 'vitest/node';

/** Ends the output of a run with a line that any script can read: `N passed, N failed`. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length };
    for (const module of modules) {
      // A file or a group that fails outside of its tests, in a hook for one, has no test to count.
      for (const group of [module, ...module.children.allSuites()]) {
        if (group.errors().length > 0) count.failed += 1;
      }
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed' || state === 'failed') count[state] += 1;
      }
    }
    console.log(`\n${count.passed} passed, ${count.failed} failed`);
  }
}
