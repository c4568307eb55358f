/**
 * Runs units of work: claims memory, starts their fetches in order, merges them in order, writes and records. Fetching
 * runs ahead of merging as far as the memory ceiling lets it.
 */

import { dtypeBytes, isMergeDtype } from '../base/dtype.ts';
import { GraftError } from '../base/errors.ts';
import type { Operand } from '../kernels/types.ts';
import type { MethodDefinition } from '../methods/types.ts';
import type { MergePlan, PlannedTensor } from '../plan/types.ts';
import {
  type Piece,
  type Step,
  stepFetchBytes,
  stepOutputBytes,
  TILES_IN_FLIGHT,
  type TileStep,
  type Unit,
} from '../plan/work.ts';
import type { Budget, Claim } from './budget.ts';
import type { RunControl } from './control.ts';
import type { EngineLease } from './engine-room.ts';
import type { Fetcher } from './fetcher.ts';
import { mergeTensor } from './merge-tensor.ts';
import type { Meter } from './meter.ts';
import type { OutputWriter } from './output-writer.ts';
import { fetchedFeed, type Spool, type StepFeed, spooledFeeds } from './step-feed.ts';
import type { TileFeed } from './tiles.ts';

export interface RunnerParts {
  readonly plan: MergePlan;
  readonly method: MethodDefinition;
  readonly engine: EngineLease;
  readonly fetcher: Fetcher;
  readonly writer: OutputWriter;
  readonly budget: Budget;
  readonly control: RunControl;
  readonly meter: Meter;
  readonly openSpool: () => Promise<Spool>;
  readonly onTensor: (name: string) => void;
  readonly warn: (text: string) => void;
}

/** A tensor of a unit with the places its pieces come from and go to. */
interface TensorWork {
  readonly tensor: PlannedTensor;
  readonly parts: readonly WorkPart[];
}

interface WorkPart {
  readonly piece: Piece;
  readonly step: StepFeed;
  /**
   * Gives back the memory of this part when it is written. Present for resident tiles, whose fetched bytes are also
   * dropped as soon as the engine holds them; other bytes stay until their unit is written, in case a device is lost.
   */
  readonly giveBack: (() => void) | null;
}

interface StartedUnit {
  readonly works: readonly TensorWork[];
  readonly release: () => void;
}

/** Runs `units` in order; resolves when all is written (not yet committed). */
export async function runUnits(units: readonly Unit[], parts: RunnerParts): Promise<void> {
  let merging: Promise<void> = Promise.resolve();
  let failure: unknown = null;
  for (const unit of units) {
    await parts.control.pass();
    if (failure !== null) break;
    const started = await startUnit(unit, parts);
    merging = merging
      .then(() => (failure === null ? mergeUnit(started.works, parts) : undefined))
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(started.release);
  }
  await merging;
  if (failure !== null) throw failure;
}

/** Claims a unit's memory and starts its fetches. */
async function startUnit(unit: Unit, parts: RunnerParts): Promise<StartedUnit> {
  const { budget, control, fetcher, plan } = parts;
  if (!('tiles' in unit)) {
    const claim = await budget.claim(unit.costBytes, control.signal);
    const step = fetchedFeed(unit, fetcher);
    void step.buffers();
    return { works: worksOf(plan, [unit], [step], []), release: () => claim.release() };
  }
  if (unit.kind === 'spooled') {
    const claim = await budget.claim(unit.costBytes, control.signal);
    const steps = spooledFeeds(unit.tiles, fetcher, await parts.openSpool());
    return { works: worksOf(plan, unit.tiles, steps, []), release: () => claim.release() };
  }
  return startResident(unit.tiles, unit.costBytes, parts);
}

/**
 * Tiles of a resident unit are claimed one by one, so that they take the memory which the unit before gives back tile
 * by tile. The first claim carries what is moving between fetch and write; the sum is the unit's whole cost.
 */
async function startResident(
  tiles: readonly TileStep[],
  costBytes: number,
  parts: RunnerParts,
): Promise<StartedUnit> {
  const { budget, control, fetcher, plan } = parts;
  const movingBytes =
    TILES_IN_FLIGHT * Math.max(...tiles.map((tile) => stepFetchBytes(tile) + stepOutputBytes(tile)));
  const shareBytes = Math.floor((costBytes - movingBytes) / tiles.length);
  const claims: Claim[] = [];
  const steps: StepFeed[] = [];
  try {
    for (const tile of tiles) {
      const firstBytes = claims.length === 0 ? costBytes - shareBytes * tiles.length : 0;
      claims.push(await budget.claim(shareBytes + firstBytes, control.signal));
      const step = fetchedFeed(tile, fetcher);
      void step.buffers();
      steps.push(step);
    }
  } catch (error) {
    for (const claim of claims) claim.release();
    throw error;
  }
  const onDone = claims.map((claim) => () => claim.release(shareBytes));
  return {
    works: worksOf(plan, tiles, steps, onDone),
    release: () => {
      for (const claim of claims) claim.release();
    },
  };
}

/** Groups the pieces of `steps` by tensor: piece `j` of every step belongs to the same one. */
function worksOf(
  plan: MergePlan,
  steps: readonly Step[],
  feeds: readonly StepFeed[],
  onDone: readonly (() => void)[],
): TensorWork[] {
  const count = steps[0]?.pieces.length ?? 0;
  return Array.from({ length: count }, (_, at) => {
    const tensor = plan.tensors[steps[0]?.pieces[at]?.tensor ?? -1];
    if (tensor === undefined)
      throw new GraftError('Internal', 'A unit names a tensor that the plan has not.');
    const parts = steps.flatMap((step, index) => {
      const piece = step.pieces[at];
      const feed = feeds[index];
      if (piece === undefined || feed === undefined) return [];
      return [{ piece, step: feed, giveBack: onDone[index] ?? null }];
    });
    return { tensor, parts };
  });
}

async function mergeUnit(works: readonly TensorWork[], parts: RunnerParts): Promise<void> {
  for (const work of works) await mergeWork(work, parts);
  await parts.writer.settle();
}

/** Merges one tensor's pieces; a lost device is replaced and what was not written yet is done again. */
async function mergeWork({ tensor, parts: pieces }: TensorWork, parts: RunnerParts): Promise<void> {
  parts.onTensor(tensor.name);
  const written = new Set<number>();
  const outputBytesPerElement = tensor.sizeBytes / tensor.elementCount;
  const emit = async (firstIndex: number, bytes: Uint8Array) => {
    if (written.has(firstIndex)) return;
    parts.meter.mergedBytes += bytes.byteLength;
    await parts.writer.write(tensor.shard, tensor.offset + firstIndex * outputBytesPerElement, bytes);
    written.add(firstIndex);
  };
  for (;;) {
    await parts.control.pass();
    const kernels = parts.engine.kernels;
    const largest = largestTile(tensor, parts);
    const feeds = pieces.flatMap((part) => feedsOf(tensor, part, largest));
    try {
      await mergeTensor(kernels, parts.method, { tensor, feeds, emit, warn: parts.warn });
      return;
    } catch (error) {
      if (!(error instanceof GraftError) || error.tag !== 'DeviceLost') throw error;
      await parts.engine.recover(kernels);
    }
  }
}

function largestTile(tensor: PlannedTensor, { engine }: RunnerParts): number {
  const dtypes = tensor.inputs.map(({ dtype }) => dtype).filter(isMergeDtype);
  if (!isMergeDtype(tensor.dtype) || dtypes.length !== tensor.inputs.length) return tensor.elementCount;
  return engine.kernels.maxTileElements(dtypes, tensor.dtype);
}

/** The tiles of one piece, none larger than the engine takes. */
function feedsOf(tensor: PlannedTensor, { piece, step, giveBack }: WorkPart, largest: number): TileFeed[] {
  const tileCount = Math.max(1, Math.ceil(piece.elementCount / largest));
  let leftToLoad = tileCount;
  let leftToFinish = tileCount;
  return Array.from({ length: tileCount }, (_, at) => {
    const offset = at * largest;
    const elementCount = Math.min(largest, piece.elementCount - offset);
    return {
      firstIndex: piece.firstElement + offset,
      elementCount,
      operands: async () => operandsOf(tensor, piece, await step.buffers(), offset, elementCount),
      drop: () => {
        leftToLoad--;
        if (giveBack !== null && leftToLoad === 0) step.drop();
      },
      done: () => {
        leftToFinish--;
        if (leftToFinish === 0) giveBack?.();
      },
    };
  });
}

function operandsOf(
  tensor: PlannedTensor,
  piece: Piece,
  buffers: readonly Uint8Array[],
  offset: number,
  elementCount: number,
): Operand[] {
  return tensor.inputs.map(({ dtype, start, end }, at) => {
    const place = piece.inputs[at];
    const buffer = place === undefined ? undefined : buffers[place.range];
    if (place === undefined || buffer === undefined) {
      throw new GraftError('Internal', 'A piece names a range that its step has not.', {
        where: tensor.name,
      });
    }
    const width = isMergeDtype(dtype) ? dtypeBytes(dtype) : (end - start) / tensor.elementCount;
    const first = place.offset + offset * width;
    return {
      dtype: isMergeDtype(dtype) ? dtype : 'F32',
      bytes: buffer.subarray(first, first + elementCount * width),
    };
  });
}
