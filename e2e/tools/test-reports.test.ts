import { expect, test } from 'vitest';
import { readPlaywrightReport, readVitestReport } from './test-reports.ts';

const vitestFile = (status: string, assertions: readonly string[], message = '') => ({
  testResults: [
    {
      name: '/a/src/x.test.ts',
      status,
      message,
      assertionResults: assertions.map((each, index) => ({ fullName: `t${index}`, status: each })),
    },
  ],
});

test('unit tests are counted, and skipped ones have failed', () => {
  expect(readVitestReport(vitestFile('passed', ['passed', 'passed']), 0, '/a')).toEqual({
    passed: 2,
    failed: 0,
    failures: [],
  });
  expect(readVitestReport(vitestFile('failed', ['passed', 'failed', 'skipped']), 1, '/a')).toEqual({
    passed: 1,
    failed: 2,
    failures: ['src/x.test.ts: t1 (failed)', 'src/x.test.ts: t2 (skipped)'],
  });
});

test('a file that cannot load has failed', () => {
  expect(readVitestReport(vitestFile('failed', [], 'No such module\nat'), 1, '/a').failures).toEqual([
    'src/x.test.ts: No such module',
  ]);
});

test('a suite without tests, without a report or with a bad exit has failed', () => {
  expect(readVitestReport({ testResults: [] }, 0, '/a').failures).toEqual(['no test ran']);
  expect(readVitestReport(null, 1, '/a').failures).toEqual(['no test ran']);
  expect(readVitestReport(vitestFile('passed', ['passed']), 1, '/a').failed).toBe(1);
  expect(readPlaywrightReport(null, 1).failed).toBe(1);
});

test('end-to-end tests are counted through nested suites; flaky is not passed', () => {
  const spec = (title: string, status: string) => ({ title, file: 'a.spec.ts', tests: [{ status }] });
  const report = {
    errors: [],
    suites: [
      {
        specs: [spec('one', 'expected')],
        suites: [{ specs: [spec('two', 'flaky'), spec('three', 'expected')] }],
      },
    ],
  };
  expect(readPlaywrightReport(report, 0)).toEqual({
    passed: 2,
    failed: 1,
    failures: ['a.spec.ts: two (flaky)'],
  });
});
