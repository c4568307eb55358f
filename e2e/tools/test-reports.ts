/** What the test runners' JSON reports say, as counts. A suite that ran nothing, or skipped anything, has failed. */

import path from 'node:path';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** One line per failure. */
  readonly failures: readonly string[];
}

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

export function readVitestReport(report: unknown, exitStatus: number, root: string): Tally {
  const passed: string[] = [];
  const failures: string[] = [];
  for (const file of (report as VitestReport | null)?.testResults ?? []) {
    const name = path.relative(root, file.name);
    for (const test of file.assertionResults) {
      if (test.status === 'passed') passed.push(test.fullName);
      else failures.push(`${name}: ${test.fullName} (${test.status})`);
    }
    const fellBefore =
      file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed');
    if (fellBefore) failures.push(`${name}: ${firstLine(file.message)}`);
  }
  return tally(passed.length, failures, exitStatus);
}

interface PlaywrightSuite {
  readonly suites?: readonly PlaywrightSuite[];
  readonly specs?: readonly {
    readonly title: string;
    readonly file: string;
    readonly tests: readonly { readonly status: string }[];
  }[];
}

interface PlaywrightReport extends PlaywrightSuite {
  readonly errors?: readonly { readonly message?: string }[];
}

export function readPlaywrightReport(report: unknown, exitStatus: number): Tally {
  const whole = report as PlaywrightReport | null;
  let passed = 0;
  const failures = (whole?.errors ?? []).map(({ message }) => firstLine(message ?? 'unknown error'));
  const visit = (suite: PlaywrightSuite): void => {
    for (const { file, title, tests } of suite.specs ?? []) {
      for (const { status } of tests) {
        if (status === 'expected') passed++;
        else failures.push(`${file}: ${title} (${status})`);
      }
    }
    for (const inner of suite.suites ?? []) visit(inner);
  };
  if (whole !== null) visit(whole);
  return tally(passed, failures, exitStatus);
}

function tally(passed: number, found: readonly string[], exitStatus: number): Tally {
  const failures = [...found];
  if (passed === 0 && failures.length === 0) failures.push('no test ran');
  if (exitStatus !== 0 && failures.length === 0)
    failures.push(`the runner ended with exit status ${exitStatus}`);
  return { passed, failed: failures.length, failures };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
