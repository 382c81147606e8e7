import { writeFileSync } from 'node:fs';

const NO_REASON = 'no reason given';
// A test that the run did not get to has not passed.
const COUNTED_AS = { passed: 'passed', failed: 'failed', skipped: 'skipped', pending: 'failed' };

/**
 * A reporter of vitest that leaves its sums in the file named by `CITYLOOP_TEST_RESULT`:
 * `{ passed, failed, skipped, reasons: [[reason, count], …] }`. A file that cannot be loaded and an
 * error outside of any test count as failures, so that the sum never looks better than the run. So does
 * a skip without a reason, unless the run was asked for some tests only (`-t`).
 */
export default class CountReporter {
  #asked;

  onInit(vitest) {
    this.#asked = vitest.getGlobalTestNamePattern();
  }

  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    const reasons = new Map();
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        const { state, note } = test.result();
        const unexplained = state === 'skipped' && note === undefined && this.#asked === undefined;
        const counted = unexplained ? 'failed' : COUNTED_AS[state];
        counts[counted] += 1;
        if (state !== 'skipped') continue;
        const reason = note ?? `${NO_REASON}: ${test.fullName}`;
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
      const told = tests.some((test) => test.result().state === 'failed');
      if (!(told || module.ok())) counts.failed += 1;
    }
    const summary = { ...counts, reasons: [...reasons] };
    writeFileSync(process.env.CITYLOOP_TEST_RESULT, JSON.stringify(summary));
  }
}
