/** What the command line is asked to do. */

import { access, constants, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { GraftError } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import type { RunOptions } from './session.ts';

export const USAGE = `Usage: npm run merge -- RECIPE.yml --models DIR --out DIR [options]
  --models DIR     folder with OWNER/NAME/ inside, one folder per model
  --out DIR        where the merged directory goes; made when missing
  --engine NAME    auto (default), gpu or cpu
  --budget BYTES   ceiling of bytes in flight (${LIMITS.budgetBytes})
  --check          only check the recipe against the models; nothing is merged
  --json           compact JSON on stdout and nothing on stderr
  --help           this text`;

export interface Order {
  readonly recipePath: string;
  readonly models: string;
  /** Null when there is nothing to save: with `--check`. */
  readonly out: string | null;
  readonly run: RunOptions;
}

const ENGINES = ['auto', 'gpu', 'cpu'] as const;

/** Reads the arguments; null when only the usage is wanted. Throws `InvalidUsage`. Touches no file. */
export function readOrder(args: readonly string[]): Order | null {
  const { values, positionals } = parsed(args);
  if (values.help) return null;
  const [recipePath] = positionals;
  const engine = ENGINES.find((name) => name === values.engine);
  const budgetBytes = values.budget === undefined ? LIMITS.budgetBytes : Number(values.budget);
  if (recipePath === undefined || positionals.length > 1) throw invalid('Name one recipe file.');
  if (values.models === undefined) throw invalid('--models is missing.');
  if (values.out === undefined && !values.check) throw invalid('--out is missing.');
  if (engine === undefined)
    throw invalid(`--engine takes ${ENGINES.join(', ')}; "${values.engine}" is none.`);
  if (!Number.isSafeInteger(budgetBytes) || budgetBytes < LIMITS.minBudgetBytes) {
    throw invalid(`--budget takes a number of bytes from ${LIMITS.minBudgetBytes} on.`);
  }
  return {
    recipePath,
    models: path.resolve(values.models),
    out: values.check || values.out === undefined ? null : path.resolve(values.out),
    run: { engine, budgetBytes, name: path.basename(recipePath) },
  };
}

/**
 * Sees that the folders are there, and makes the one for the output, so that a long merge does not end in a folder that
 * cannot be written. Throws `FileMissing` or `StorageUnavailable`.
 */
export async function openFolders({ models, out }: Order): Promise<void> {
  const isFolder = await stat(models).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    throw new GraftError('FileMissing', 'The folder of models is not there.', {
      where: models,
      fix: 'Give --models a folder with OWNER/NAME/ inside.',
    });
  }
  if (out === null) return;
  try {
    await mkdir(out, { recursive: true });
    await access(out, constants.W_OK);
  } catch (cause) {
    throw new GraftError('StorageUnavailable', 'The folder for the output cannot be written.', {
      where: out,
      fix: 'Give --out a folder that you may write to.',
      cause,
    });
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        models: { type: 'string' },
        out: { type: 'string' },
        engine: { type: 'string', default: 'auto' },
        budget: { type: 'string' },
        check: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
}

function invalid(message: string): GraftError {
  return new GraftError('InvalidUsage', message, { where: 'command line', fix: USAGE });
}
