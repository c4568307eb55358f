/** A whole run in memory: folders as models, the memory disk as storage, any engine; for tests without a browser. */

import type { ModelFiles } from '../base/bytes.ts';
import { createCpuKernels } from '../kernels/cpu/cpu-kernels.ts';
import type { Kernels } from '../kernels/types.ts';
import { methodOf } from '../methods/registry.ts';
import { folderFiles } from '../model/memory-files.test-helper.ts';
import { openCheckpoint } from '../model/open-checkpoint.ts';
import type { Checkpoint } from '../model/types.ts';
import { checkRecipe } from '../plan/check.ts';
import { modelRefsOf } from '../plan/resolve.ts';
import type { MergePlan } from '../plan/types.ts';
import { planUnits } from '../plan/units.ts';
import type { Unit } from '../plan/work.ts';
import { parseRecipe } from '../recipe/parse-recipe.ts';
import { openJobStore } from '../storage/job-store.ts';
import { MemoryDisk } from '../storage/memory.ts';
import type { JobFiles } from '../storage/types.ts';
import { Budget } from './budget.ts';
import { RunControl } from './control.ts';
import { Fetcher } from './fetcher.ts';
import { Meter } from './meter.ts';
import { OutputWriter } from './output-writer.ts';
import { openSpool } from './spool-file.ts';
import { runUnits } from './unit-runner.ts';

export interface PlannedRun {
  readonly plan: MergePlan;
  readonly models: readonly ModelFiles[];
}

/** Plans `text` over the model folders below `root`; throws when the check finds an error. */
export async function planFolders(text: string, root: string): Promise<PlannedRun> {
  const parsed = parseRecipe(text);
  if (parsed.recipe === null) throw new Error(JSON.stringify(parsed.problems));
  const checkpoints = new Map<string, Checkpoint>();
  const files = new Map<string, ModelFiles>();
  for (const { ref } of modelRefsOf(parsed.recipe)) {
    const folder = folderFiles(`${root}/${ref.repo}`);
    files.set(ref.text, folder);
    checkpoints.set(ref.text, await openCheckpoint(folder, ref.text));
  }
  const { plan, problems } = checkRecipe(parsed, checkpoints);
  if (plan === null) throw new Error(JSON.stringify(problems));
  const models = plan.models.map(({ ref }) => files.get(ref));
  return { plan, models: models.filter((model) => model !== undefined) };
}

export interface MemoryRun {
  /** Output shards, whole. */
  readonly shards: ReadonlyMap<string, Uint8Array>;
  readonly units: readonly Unit[];
  readonly meter: Meter;
  readonly budget: Budget;
  readonly warnings: readonly string[];
}

export interface MemoryRunOptions {
  readonly kernels?: Kernels;
  readonly budgetBytes?: number;
  /** Replaces the units that `planUnits` makes. */
  readonly units?: readonly Unit[];
}

/** Runs every unit of the plan and reads the shards back. */
export async function runInMemory(
  { plan, models }: PlannedRun,
  { kernels = createCpuKernels(), budgetBytes = 512 * 1024 * 1024, units }: MemoryRunOptions = {},
): Promise<MemoryRun> {
  const method = methodOf(plan.method);
  if (method === null) throw new Error(plan.method);
  const files = await openJobStore(new MemoryDisk().root).create({ id: 'job', plan: '{}', state: {} });
  await files.allocate(plan.shards);
  for (const [index, { headerBytes }] of plan.shards.entries()) await files.write(index, 0, headerBytes);
  const control = new RunControl(() => undefined);
  const meter = new Meter(plan.totals);
  const budget = new Budget(budgetBytes);
  const writer = new OutputWriter(files, meter, control, () => undefined);
  const warnings: string[] = [];
  const planned = units ?? planUnits(plan, { budgetBytes, engine: kernels });
  await runUnits(planned, {
    plan,
    method,
    engine: { kernels, recover: () => Promise.reject(new Error('no device to lose')) },
    fetcher: new Fetcher(models, meter, control.signal),
    writer,
    budget,
    control,
    meter,
    openSpool: () => openSpool(files, control),
    onTensor: () => undefined,
    warn: (text) => warnings.push(text),
  });
  await writer.commit();
  const shards = await readShards(plan, files);
  await files.close();
  return { shards, units: planned, meter, budget, warnings };
}

async function readShards(plan: MergePlan, files: JobFiles): Promise<Map<string, Uint8Array>> {
  const shards = new Map<string, Uint8Array>();
  for (const [index, { path, sizeBytes }] of plan.shards.entries()) {
    const bytes = new Uint8Array(sizeBytes);
    await files.read(index, 0, bytes);
    shards.set(path, bytes);
  }
  return shards;
}
