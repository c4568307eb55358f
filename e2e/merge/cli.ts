/**
 * `npm run merge -- RECIPE.yml --models DIR --out DIR [--engine auto|gpu|cpu] [--check] [--json]`
 *
 * Runs a recipe through the built app in a headless Chromium; a local hub serves DIR/<owner>/<name>/ as models. A JSON
 * summary goes to stdout, words and progress to stderr (none of them with --json).
 *
 * Exit codes: 0 done; 2 the recipe or a model is refused (the problems are on stdout); 1 anything else (a typed error is
 * on stdout).
 */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { GraftError, toGraftError, toWire } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { formatBytes, formatDuration } from '../../src/base/units.ts';
import type { CheckReport, RunStatus } from '../../src/engine/protocol.ts';
import { saveDirectory } from './save-directory.ts';
import { AppSession, type RunOptions } from './session.ts';

const USAGE = `Usage: npm run merge -- RECIPE.yml --models DIR --out DIR [options]
  --models DIR     folder with OWNER/NAME/ inside, one folder per model
  --out DIR        where the merged directory goes; made when missing
  --engine NAME    auto (default), gpu or cpu
  --budget BYTES   ceiling of bytes in flight (${LIMITS.budgetBytes})
  --check          only check the recipe against the models; nothing is merged
  --json           compact JSON on stdout and nothing on stderr`;

interface Order {
  readonly recipePath: string;
  readonly models: string;
  readonly out: string | null;
  readonly check: boolean;
  readonly json: boolean;
  readonly run: RunOptions;
}

const ENGINES = ['auto', 'gpu', 'cpu'] as const;

function readOrder(args: readonly string[]): Order {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      models: { type: 'string' },
      out: { type: 'string' },
      engine: { type: 'string', default: 'auto' },
      budget: { type: 'string' },
      check: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const [recipePath] = positionals;
  const engine = ENGINES.find((name) => name === values.engine);
  const budgetBytes = values.budget === undefined ? LIMITS.budgetBytes : Number(values.budget);
  if (recipePath === undefined || positionals.length > 1) throw new Error('Name one recipe file.');
  if (values.models === undefined) throw new Error('--models is missing.');
  if (values.out === undefined && !values.check) throw new Error('--out is missing.');
  if (engine === undefined)
    throw new Error(`--engine takes ${ENGINES.join(', ')}; "${values.engine}" is none.`);
  if (!Number.isSafeInteger(budgetBytes) || budgetBytes < LIMITS.minBudgetBytes) {
    throw new Error(`--budget takes a number of bytes from ${LIMITS.minBudgetBytes} on.`);
  }
  return {
    recipePath,
    models: path.resolve(values.models),
    out: values.out === undefined ? null : path.resolve(values.out),
    check: values.check,
    json: values.json,
    run: { engine, budgetBytes, name: path.basename(recipePath) },
  };
}

async function main(order: Order): Promise<number> {
  const say = (text: string) => {
    if (!order.json) process.stderr.write(text);
  };
  const text = await readFile(order.recipePath, 'utf8').catch((cause: unknown) => {
    throw new GraftError('FileMissing', 'The recipe cannot be read.', { where: order.recipePath, cause });
  });
  const session = await AppSession.open({
    hub: { models: order.models },
    onMessage: (kind, message) => say(`[${kind}] ${message}\n`),
  });
  try {
    const report = await session.check(text, order.run);
    const refused = report.problems.some(({ severity }) => severity === 'error');
    if (refused || order.check) {
      print(order, checkSummary(report, !refused));
      for (const { severity, message, span } of report.problems) {
        say(`${order.recipePath}:${span.line}:${span.column} ${severity}: ${message}\n`);
      }
      return refused ? 2 : 0;
    }
    const startedAt = performance.now();
    const started = await session.start(text, order.run);
    const status = await session.wait(started.id, (now) => say(`\r${progressLine(now)}`));
    say('\n');
    if (status.state !== 'done') {
      throw status.error === undefined
        ? new GraftError('Internal', `The run ended as ${status.state}.`)
        : new GraftError(status.error.tag, status.error.message, status.error);
    }
    const mergeSeconds = (performance.now() - startedAt) / 1000;
    await saveDirectory(session, status, order.out ?? '');
    print(order, runSummary(status, mergeSeconds, (performance.now() - startedAt) / 1000));
    say(`Wrote ${status.files.length} files to ${order.out}.\n`);
    return 0;
  } finally {
    await session.close();
  }
}

function checkSummary(report: CheckReport, ok: boolean) {
  return {
    ok,
    problems: report.problems.map(({ severity, code, message, span }) => ({
      severity,
      line: span.line,
      column: span.column,
      code,
      message,
    })),
    warnings: report.warnings,
    cost: report.cost,
    models: report.models,
  };
}

function runSummary(status: RunStatus, mergeSeconds: number, totalSeconds: number) {
  return {
    ok: true,
    files: status.files.map(({ path: file, sizeBytes, sha256 }) => ({
      path: file,
      bytes: sizeBytes,
      sha256,
    })),
    seconds: round(mergeSeconds),
    secondsWithSaving: round(totalSeconds),
    bytesFetched: status.fetchedBytes,
    bytesWritten: status.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    engine: status.engine,
    device: status.device,
    peakBytesInFlight: status.peakInFlightBytes,
    warnings: status.warnings,
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

function progressLine(status: RunStatus): string {
  const left = status.secondsLeft === null ? '' : `, ${formatDuration(status.secondsLeft)} left`;
  const fetched = `${formatBytes(status.fetchedBytes)} of ${formatBytes(status.fetchBytes)} fetched`;
  const written = `${formatBytes(status.writtenBytes)} of ${formatBytes(status.writeBytes)} written`;
  return `${status.state}: ${fetched}, ${written}${left}`.padEnd(78);
}

function print({ json }: Pick<Order, 'json'>, value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, json ? 0 : 2)}\n`);
}

let order: Order;
try {
  order = readOrder(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exit(1);
}
try {
  process.exitCode = await main(order);
} catch (error) {
  const wire = toWire(toGraftError(error));
  print(order, { ok: false, error: wire });
  if (!order.json) {
    process.stderr.write(`${wire.tag}: ${wire.message} ${wire.where ?? ''}\n${wire.fix ?? ''}\n`);
  }
  process.exitCode = 1;
}
