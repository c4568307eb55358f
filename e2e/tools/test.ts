/**
 * `npm test`: checks, build, unit tests in Node and in Chromium, end-to-end tests, one after another (the suites share
 * two cores with browsers that render in software). Ends with one line, `N passed, N failed`, over all of them.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from './build.ts';
import { runChecks } from './check/run.ts';
import { ensureChromium, ROOT } from './install.mjs';
import { readPlaywrightReport, readVitestReport, type Tally } from './test-reports.ts';

interface Suite extends Tally {
  readonly name: string;
  readonly seconds: number;
}

/** A suite that hangs must not take the others' results with it. */
const LIMIT_MINUTES = 25;

const reports = mkdtempSync(path.join(tmpdir(), 'graft-test-'));
process.env.CHROMIUM = ensureChromium();
const suites = [
  await timed('checks', async () => check()),
  await timed('build', async () => buildApp()),
  await timed('unit tests in Node', () => vitest('node')),
  await timed('unit tests in Chromium', () => vitest('gpu')),
  await timed('end-to-end tests', () => playwright()),
];
rmSync(reports, { recursive: true });

console.log('');
for (const { name, passed, failed, seconds } of suites) {
  console.log(`${name}: ${passed} of ${passed + failed} passed in ${Math.round(seconds)} s`);
}
for (const line of suites.flatMap((suite) => suite.failures)) console.log(`FAILED ${line}`);
const passed = suites.reduce((sum, suite) => sum + suite.passed, 0);
const failed = suites.reduce((sum, suite) => sum + suite.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function timed(name: string, run: () => Promise<Tally>): Promise<Suite> {
  console.log(`\n== ${name}`);
  const start = performance.now();
  const tally = await run();
  return { name, ...tally, seconds: (performance.now() - start) / 1000 };
}

function check(): Tally {
  const results = runChecks();
  for (const { name, findings } of results) {
    console.log(findings === '' ? `ok   ${name}` : `FAIL ${name}\n${findings}`);
  }
  const failures = results.filter(({ findings }) => findings !== '').map(({ name }) => `check: ${name}`);
  return { passed: results.length - failures.length, failed: failures.length, failures };
}

function buildApp(): Tally {
  try {
    build();
    return { passed: 1, failed: 0, failures: [] };
  } catch (error) {
    return { passed: 0, failed: 1, failures: [`build: ${String(error)}`] };
  }
}

async function vitest(project: string): Promise<Tally> {
  const report = path.join(reports, `${project}.json`);
  const status = await run('node_modules/vitest/vitest.mjs', [
    'run',
    '--config=e2e/vitest.config.ts',
    `--project=${project}`,
    '--reporter=dot',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  return readVitestReport(readReport(report), status, ROOT);
}

async function playwright(): Promise<Tally> {
  const report = path.join(reports, 'playwright.json');
  const status = await run(
    'node_modules/@playwright/test/cli.js',
    ['test', '--config=e2e/playwright.config.ts', '--reporter=list,json'],
    { PLAYWRIGHT_JSON_OUTPUT_FILE: report },
  );
  return readPlaywrightReport(readReport(report), status);
}

/** The report's JSON; null when the suite died before it wrote one. */
function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    return null;
  }
}

/** Runs an installed tool to its end; resolves to its exit status. */
function run(bin: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(ROOT, bin), ...args], {
      cwd: ROOT,
      // Colours would make up most of a stored log.
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
      // Its own group, so that the limit below also ends the browsers it started.
      detached: true,
    });
    const endGroup = (): void => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    };
    const limit = setTimeout(() => {
      console.log(`Ended after ${LIMIT_MINUTES} minutes.`);
      endGroup();
    }, LIMIT_MINUTES * 60_000);
    const interrupted = (): void => {
      endGroup();
      process.exit(130);
    };
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(limit);
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
      resolve(code ?? 1);
    });
  });
}
