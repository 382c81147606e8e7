import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import CountReporter from './test-reporter.mjs';

let folder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cityloop-reporter-'));
  vi.stubEnv('CITYLOOP_TEST_RESULT', join(folder, 'result.json'));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function summaryOf(results, asked) {
  const reporter = new CountReporter();
  reporter.onInit({ getGlobalTestNamePattern: () => asked });
  const tests = results.map((result) => ({ fullName: 'a rule > holds', result: () => result }));
  const module = { children: { allTests: () => tests }, ok: () => true };
  reporter.onTestRunEnd([module], []);
  return JSON.parse(readFileSync(process.env.CITYLOOP_TEST_RESULT, 'utf8'));
}

const passed = { state: 'passed' };
const silent = { state: 'skipped' };
const explained = { state: 'skipped', note: 'the records are not there' };

it('tells the reason of a skip', () => {
  expect(summaryOf([passed, explained, explained])).toEqual({
    passed: 1,
    failed: 0,
    skipped: 2,
    reasons: [['the records are not there', 2]],
  });
});

it('counts a skip without a reason as a failure, and names the test', () => {
  expect(summaryOf([passed, silent])).toEqual({
    passed: 1,
    failed: 1,
    skipped: 0,
    reasons: [['no reason given: a rule > holds', 1]],
  });
});

it('lets the tests rest that were not asked for', () => {
  expect(summaryOf([passed, silent], /holds/)).toMatchObject({ failed: 0, skipped: 1 });
});

it('counts a test that the run did not get to as a failure', () => {
  expect(summaryOf([{ state: 'pending' }])).toMatchObject({ passed: 0, failed: 1 });
});
