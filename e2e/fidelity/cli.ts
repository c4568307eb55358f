/**
 * `npm run fidelity -- [--engines cpu,gpu] [--write]`
 *
 * Merges made-up models by every method on both engines of the built app, in a headless Chromium, and prints as Markdown
 * how many elements of the outputs are the correctly rounded results of an independent evaluation in f64.
 * `--write` renews the tables in docs/FIDELITY.md. Exit code 1 where an engine misses its aim: the CPU all of them, the
 * GPU 99.99 %, and none more than 1 ulp off.
 */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { EngineKind } from '../../src/kernels/types.ts';
import { AppSession } from '../merge/session.ts';
import { enginesOf } from '../tools/engines.ts';
import { measure } from './measure.ts';
import { type ModelTensor, USUAL_SIZE, writeModels } from './models.ts';
import { fidelityTables, type Measured, withTables } from './table.ts';

const DOCUMENT = fileURLToPath(new URL('../../docs/FIDELITY.md', import.meta.url));

/** Least share of right elements. */
const AIMS: Readonly<Record<EngineKind, number>> = { cpu: 1, gpu: 0.9999 };
const MOST_ULPS = 1;

const { values: options } = parseArgs({
  options: {
    engines: { type: 'string', default: 'cpu,gpu' },
    write: { type: 'boolean', default: false },
  },
});

async function measureEngine(
  session: AppSession,
  { engine, tensors, dir }: { engine: EngineKind; tensors: readonly ModelTensor[]; dir: string },
): Promise<Measured> {
  let device = '';
  const tallies = await measure(
    tensors,
    async (recipe) => {
      const run = await session.start(recipe, { engine, name: 'fidelity' });
      const status = await session.wait(run.id);
      if (status.state !== 'done' || status.engine !== engine) {
        throw new Error(`${recipe}\n${status.state} on ${status.engine}: ${status.error?.message ?? ''}`);
      }
      device = status.device ?? '';
      const target = path.join(dir, 'merged.safetensors');
      await session.save(run.id, 'model.safetensors', target);
      return readFile(target);
    },
    { onCase: (text) => process.stderr.write(`${engine} ${text}\n`) },
  );
  return { engine, device, tallies };
}

/** What misses its aim, in words. */
function missesOf({ engine, tallies }: Measured): string[] {
  return [...tallies].flatMap(([method, byDtype]) =>
    [...byDtype]
      .filter(
        ([, { right, elementCount, largestUlps }]) =>
          right < AIMS[engine] * elementCount || largestUlps > MOST_ULPS,
      )
      .map(([dtype]) => `${method} ${dtype} on the ${engine} engine misses its aim.`),
  );
}

const engines = enginesOf(options.engines);
const dir = await mkdtemp(path.join(tmpdir(), 'graft-fidelity-'));
try {
  const tensors = await writeModels(dir, USUAL_SIZE);
  const session = await AppSession.open({ hub: { models: dir } });
  const measured: Measured[] = [];
  try {
    for (const engine of engines) measured.push(await measureEngine(session, { engine, tensors, dir }));
  } finally {
    await session.close();
  }
  const tables = fidelityTables(measured);
  process.stdout.write(`${tables}\n`);
  if (options.write) await writeFile(DOCUMENT, withTables(await readFile(DOCUMENT, 'utf8'), tables));
  const misses = measured.flatMap(missesOf);
  for (const miss of misses) process.stderr.write(`${miss}\n`);
  process.exitCode = misses.length > 0 ? 1 : 0;
} finally {
  await rm(dir, { recursive: true, force: true });
}
