/**
 * `npm run merge -- RECIPE.yml --models DIR --out DIR [--engine auto|gpu|cpu] [--budget BYTES] [--check] [--json]`
 *
 * Runs a recipe through the built app in a headless Chromium; a local hub serves DIR/<owner>/<name>/ as models. A JSON
 * summary goes to stdout, words and progress to stderr (none of them with --json).
 *
 * Exit codes: 0 done; 2 the recipe or a model is refused (the problems are on stdout); 1 anything else (a typed error is
 * on stdout).
 */

import { readFile } from 'node:fs/promises';
import { GraftError, toGraftError, toWire } from '../../src/base/errors.ts';
import { type Order, openFolders, readOrder, USAGE } from './order.ts';
import { saveDirectory } from './save-directory.ts';
import { AppSession } from './session.ts';
import { checkSummary, progressTeller, runSummary } from './summary.ts';

type Say = (text: string) => void;

const args = process.argv.slice(2);
// Known before the arguments are understood, so that a usage error too is told as it was asked for.
const json = args.includes('--json');
const say: Say = (text) => {
  if (!json) process.stderr.write(text);
};

try {
  const order = readOrder(args);
  if (order === null) process.stdout.write(`${USAGE}\n`);
  else process.exitCode = await main(order);
} catch (error) {
  const wire = toWire(toGraftError(error));
  print({ ok: false, error: wire });
  say(`${[`${wire.tag}: ${wire.message}`, wire.where, wire.fix].filter(Boolean).join('\n')}\n`);
  process.exitCode = 1;
}

/** The exit code, 0 or 2; throws for 1. */
async function main(order: Order): Promise<number> {
  const interrupted = interruption();
  const text = await readFile(order.recipePath, 'utf8').catch((cause: unknown) => {
    throw new GraftError('FileMissing', 'The recipe cannot be read.', { where: order.recipePath, cause });
  });
  await openFolders(order);
  const session = await AppSession.open({
    hub: { models: order.models },
    onMessage: (kind, message) => say(`[${kind}] ${message}\n`),
  });
  try {
    return await Promise.race([checkAndMerge(session, order, text), interrupted]);
  } finally {
    await session.close();
  }
}

async function checkAndMerge(session: AppSession, order: Order, text: string): Promise<number> {
  const report = await session.check(text, order.run);
  const refused = report.problems.some(({ severity }) => severity === 'error');
  for (const { severity, message, span } of report.problems) {
    say(`${order.recipePath}:${span.line}:${span.column} ${severity}: ${message}\n`);
  }
  if (refused || order.out === null) {
    print(checkSummary(report, !refused));
    return refused ? 2 : 0;
  }
  const startedAt = performance.now();
  const { id } = await session.start(text, order.run);
  const status = await session.wait(id, progressTeller(say, process.stderr.isTTY));
  if (status.state !== 'done') {
    throw status.error === undefined
      ? new GraftError('Internal', `The run ended as ${status.state}.`)
      : new GraftError(status.error.tag, status.error.message, status.error);
  }
  const mergedAt = performance.now();
  const warnings = await saveDirectory(session, status, order.out);
  const seconds = { merging: (mergedAt - startedAt) / 1000, all: (performance.now() - startedAt) / 1000 };
  print(runSummary(status, seconds, [...status.warnings, ...warnings]));
  for (const warning of [...status.warnings, ...warnings]) say(`warning: ${warning}\n`);
  say(`Wrote ${status.files.length} files to ${order.out}.\n`);
  return 0;
}

/** Rejects when the process is told to end, so that browser, hub and temporary folders go first. */
function interruption(): Promise<never> {
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => reject(new GraftError('Cancelled', `Ended by ${signal}.`)));
    }
  });
  // Until somebody waits for it.
  interrupted.catch(() => undefined);
  return interrupted;
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, json ? 0 : 2)}\n`);
}
