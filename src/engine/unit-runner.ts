/**
 * Runs units of work: claims memory, starts their fetches in order, merges them in order, writes and records. Fetching
 * runs ahead of merging as far as the memory ceiling lets it.
 */

import { GraftError, isGraftError } from '../base/errors.ts';
import type { MethodDefinition } from '../methods/types.ts';
import { maxTileElements } from '../plan/engine-shape.ts';
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
import { Intervals } from './intervals.ts';
import type { StoredOperand } from './kernel-operand.ts';
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
  /** Whether its tiles stay in the engine between passes; else each pass reads them again. */
  readonly keep: boolean;
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

/**
 * Runs `units` in order; resolves when all is written (not yet committed). Rejects with the first failure, when nothing
 * that was started writes any more and its memory is given back.
 */
export async function runUnits(units: readonly Unit[], parts: RunnerParts): Promise<void> {
  let merging: Promise<void> = Promise.resolve();
  let failure: unknown = null;
  const fail = (error: unknown) => {
    failure ??= error;
  };
  try {
    for (const unit of units) {
      await parts.control.pass();
      if (failure !== null) break;
      const started = await startUnit(unit, parts);
      merging = merging
        .then(() => (failure === null ? mergeUnit(started.works, parts) : undefined))
        .catch(fail)
        .finally(started.release);
    }
  } catch (error) {
    fail(error);
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
    return { works: worksOf(plan, [unit], [step], { keep: true }), release: () => claim.release() };
  }
  if (unit.kind === 'spooled') {
    const spool = await parts.openSpool();
    const claim = await budget.claim(unit.costBytes, control.signal);
    const steps = spooledFeeds(unit.tiles, fetcher, spool);
    return { works: worksOf(plan, unit.tiles, steps, { keep: false }), release: () => claim.release() };
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
  return {
    works: worksOf(plan, tiles, steps, {
      keep: true,
      giveBack: claims.map((claim) => shareOf(claim, shareBytes)),
    }),
    release: () => {
      for (const claim of claims) claim.release();
    },
  };
}

/** Gives back a tile's share of its claim, once: after a lost device a tile is done with again. */
function shareOf(claim: Claim, shareBytes: number): () => void {
  let given = false;
  return () => {
    if (!given) claim.release(shareBytes);
    given = true;
  };
}

/**
 * Groups the pieces of `steps` by tensor: piece `j` of every step belongs to the same one. Tensors that are read once
 * never stay in the engine.
 */
function worksOf(
  plan: MergePlan,
  steps: readonly Step[],
  feeds: readonly StepFeed[],
  { keep, giveBack = [] }: { readonly keep: boolean; readonly giveBack?: readonly (() => void)[] },
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
      return [{ piece, step: feed, giveBack: giveBack[index] ?? null }];
    });
    return { tensor, parts, keep: keep && tensor.readsTwice };
  });
}

async function mergeUnit(works: readonly TensorWork[], parts: RunnerParts): Promise<void> {
  for (const work of works) await mergeWork(work, parts);
  await parts.writer.settle();
}

/**
 * Merges one tensor's pieces. A lost device is replaced and the tensor is done again, except for writing what is
 * written; the engine that takes over may cut other tiles.
 */
async function mergeWork({ tensor, parts: pieces, keep }: TensorWork, parts: RunnerParts): Promise<void> {
  const { control, engine, meter, method, writer, warn } = parts;
  parts.onTensor(tensor.name);
  const written = new Intervals();
  const elementBytes = tensor.sizeBytes / tensor.elementCount;
  const emit = async (firstIndex: number, bytes: Uint8Array) => {
    for (const { start, end } of written.missing(firstIndex, firstIndex + bytes.byteLength / elementBytes)) {
      const part = bytes.subarray((start - firstIndex) * elementBytes, (end - firstIndex) * elementBytes);
      meter.mergedBytes += part.byteLength;
      await writer.write(tensor.shard, tensor.offset + start * elementBytes, part);
      written.add(start, end);
    }
  };
  let largest = tensor.elementCount;
  for (;;) {
    await control.pass();
    const kernels = engine.kernels;
    // Never larger than before: the unit's cost was reckoned with the first engine's tiles.
    largest = Math.min(largest, maxTileElements(tensor, kernels));
    const feeds = pieces.flatMap((part) => feedsOf(tensor, part, largest));
    try {
      await mergeTensor(kernels, method, { tensor, feeds, keep, emit, warn });
      return;
    } catch (error) {
      if (!isGraftError(error, 'DeviceLost')) throw error;
      await engine.recover(kernels);
    }
  }
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
): StoredOperand[] {
  return tensor.inputs.map(({ dtype, start, end }, at) => {
    const place = piece.inputs[at];
    const buffer = place === undefined ? undefined : buffers[place.range];
    if (place === undefined || buffer === undefined) {
      throw new GraftError('Internal', 'A piece names a range that its step has not.', {
        where: tensor.name,
      });
    }
    const width = (end - start) / tensor.elementCount;
    const first = place.offset + offset * width;
    return { dtype, bytes: buffer.subarray(first, first + elementCount * width) };
  });
}
