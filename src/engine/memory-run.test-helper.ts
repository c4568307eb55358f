/** A whole run in memory: folders as models, the memory disk as storage, any engine; for tests without a browser. */

import { setMaxListeners } from 'node:events';
import type { ModelFiles } from '../base/bytes.ts';
import { createCpuKernels } from '../kernels/cpu/cpu-kernels.ts';
import type { Kernels } from '../kernels/types.ts';
import { methodOf } from '../methods/registry.ts';
import { folderFiles } from '../model/memory-files.test-helper.ts';
import { openCheckpoint } from '../model/open-checkpoint.ts';
import type { Checkpoint } from '../model/types.ts';
import { checkRecipe } from '../plan/check.ts';
import type { MergePlan } from '../plan/types.ts';
import { planUnits } from '../plan/units.ts';
import type { Unit } from '../plan/work.ts';
import { modelsToOpen } from '../recipe/model-refs.ts';
import { parseRecipe } from '../recipe/parse-recipe.ts';
import { openLocalModel } from '../sources/local-source.ts';
import type { LocalModel } from '../sources/types.ts';
import { openJobStore } from '../storage/job-store.ts';
import { MemoryDisk } from '../storage/memory.ts';
import type { JobFiles } from '../storage/types.ts';
import { Budget } from './budget.ts';
import { RunControl } from './control.ts';
import type { EngineLease } from './engine-room.ts';
import { Fetcher } from './fetcher.ts';
import { Health } from './health.ts';
import { EMPTY_HEALTH } from './health-report.ts';
import { Meter } from './meter.ts';
import { OutputWriter } from './output-writer.ts';
import { openSpool } from './spool-file.ts';
import { runUnits } from './unit-runner.ts';

export interface PlannedRun {
  readonly plan: MergePlan;
  readonly models: readonly ModelFiles[];
}

/** Plans `text` over the model folders below `root`; throws when the check finds an error. */
export function planFolders(text: string, root: string): Promise<PlannedRun> {
  return planOver(text, async (repo) => folderFiles(`${root}/${repo}`));
}

/** Plans `text` over opened folders. */
export function planLocals(text: string, locals: readonly LocalModel[]): Promise<PlannedRun> {
  return planOver(text, async (repo) => {
    const local = locals.find(({ name }) => name === repo);
    if (local === undefined) throw new Error(repo);
    return openLocalModel(local);
  });
}

async function planOver(text: string, open: (repo: string) => Promise<ModelFiles>): Promise<PlannedRun> {
  const parsed = parseRecipe(text);
  if (parsed.recipe === null) throw new Error(JSON.stringify(parsed.problems));
  const checkpoints = new Map<string, Checkpoint>();
  const files = new Map<string, ModelFiles>();
  for (const ref of modelsToOpen(parsed)) {
    const model = await open(ref.repo);
    files.set(ref.text, model);
    checkpoints.set(ref.text, await openCheckpoint(model, ref.text));
  }
  const { plan, problems } = checkRecipe(parsed, checkpoints);
  if (plan === null) throw new Error(JSON.stringify(problems));
  const models = plan.models.map(({ ref }) => files.get(ref));
  return { plan, models: models.filter((model) => model !== undefined) };
}

export interface MemoryRunOptions {
  readonly kernels?: Kernels;
  /** What takes over when `kernels` lose their device, one after another. */
  readonly successors?: readonly Kernels[];
  readonly budgetBytes?: number;
  /** Replaces the units that `planUnits` makes. */
  readonly units?: readonly Unit[];
}

export interface MemoryRun {
  readonly units: readonly Unit[];
  readonly meter: Meter;
  readonly budget: Budget;
  readonly control: RunControl;
  readonly warnings: readonly string[];
  readonly files: JobFiles;
  /** Runs every unit and commits. */
  run(): Promise<void>;
  /** Output shards, whole. */
  shards(): Promise<ReadonlyMap<string, Uint8Array>>;
}

/** A run that is ready to begin. */
export async function prepareRun(
  { plan, models }: PlannedRun,
  {
    kernels = createCpuKernels(),
    successors = [],
    budgetBytes = 512 * 1024 * 1024,
    units,
  }: MemoryRunOptions = {},
): Promise<MemoryRun> {
  const method = methodOf(plan.method);
  if (method === null) throw new Error(plan.method);
  const files = await openJobStore(new MemoryDisk().root).create({ id: 'job', plan: '{}', state: {} });
  await files.allocate(plan.shards);
  for (const [index, { headerBytes }] of plan.shards.entries()) await files.write(index, 0, headerBytes);
  const control = new RunControl(() => undefined);
  // Every range that waits for its turn listens; Node takes more than ten for a leak.
  setMaxListeners(0, control.signal);
  const meter = new Meter(plan.totals);
  const budget = new Budget(budgetBytes);
  const writer = new OutputWriter(files, meter, control, async () => undefined);
  const warnings: string[] = [];
  const planned = units ?? planUnits(plan, { budgetBytes, engine: kernels });
  return {
    units: planned,
    meter,
    budget,
    control,
    warnings,
    files,
    async run() {
      await runUnits(planned, {
        plan,
        method,
        engine: leaseOf([kernels, ...successors]),
        fetcher: new Fetcher(models, meter, control.signal),
        writer,
        budget,
        control,
        meter,
        openSpool: () => openSpool(files, control),
        health: new Health(
          EMPTY_HEALTH,
          plan.models.map(({ ref }) => ref),
        ),
        onTensor: () => undefined,
        warn: (text) => warnings.push(text),
      });
      await writer.commit();
    },
    shards: () => readShards(plan, files),
  };
}

export interface FinishedRun extends Pick<MemoryRun, 'units' | 'meter' | 'budget' | 'warnings'> {
  readonly shards: ReadonlyMap<string, Uint8Array>;
}

/** Runs every unit of the plan and reads the shards back. */
export async function runInMemory(planned: PlannedRun, options: MemoryRunOptions = {}): Promise<FinishedRun> {
  const prepared = await prepareRun(planned, options);
  await prepared.run();
  const shards = await prepared.shards();
  await prepared.files.close();
  const { units, meter, budget, warnings } = prepared;
  return { units, meter, budget, warnings, shards };
}

function leaseOf(engines: readonly Kernels[]): EngineLease {
  let at = 0;
  const current = (): Kernels => {
    const kernels = engines[at];
    if (kernels === undefined) throw new Error('no engine is left');
    return kernels;
  };
  return {
    get kernels() {
      return current();
    },
    recover: async (lost) => {
      if (lost === current()) at++;
    },
  };
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
