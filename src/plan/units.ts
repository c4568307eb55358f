/**
 * Units of work: how a plan is cut into pieces that fit a ceiling of bytes in flight, in the order they are worked on.
 *
 * - `whole`: one or more tensors, fetched whole, together.
 * - `tile`: a run of elements of one large tensor that is read once (or of a few that share inputs).
 * - `resident`: a large tensor that is read more than once and whose tiles can all stay in the engine.
 * - `spooled`: a large tensor that is read more than once and does not fit: fetched once, tile by tile, into the scratch
 *   file; later passes read that.
 *
 * Tensors that read the same input tensor (repeated layers, a head made of tied embeddings) share a unit, so that no byte
 * is fetched twice; clusters.ts has the one exception and the totals count it.
 */

import { GraftError } from '../base/errors.ts';
import { BLOCK_ELEMENTS } from '../base/limits.ts';
import { type Cluster, clusterTensors } from './clusters.ts';
import {
  type EngineShape,
  keptTileBytes,
  maxTileElements,
  tileEngineBytes,
  wholeEngineBytes,
} from './engine-shape.ts';
import { stepOf } from './steps.ts';
import type { MergePlan, PlannedTensor } from './types.ts';
import { stepFetchBytes, stepOutputBytes, TILES_IN_FLIGHT, type TileStep, type Unit } from './work.ts';

export interface UnitOptions {
  /** Ceiling of bytes in flight; no unit costs more. */
  readonly budgetBytes: number;
  readonly engine: EngineShape;
}

/** A unit of several tensors stays this small, so that fetching one overlaps merging another. */
const WHOLE_FETCH_BYTES = 64 * 1024 * 1024;
/** At least this many ordinary units fit the ceiling together. */
const UNITS_IN_FLIGHT = 6;
/** Keeping a tensor in the engine beats the scratch file even when it leaves little room to fetch ahead. */
const RESIDENT_SHARE = 0.85;

/**
 * Cuts `plan` into units, in working order; every output byte belongs to exactly one piece. Tensors without elements
 * have none. Throws `CannotMerge` when even the smallest tile of some tensor exceeds the ceiling.
 */
export function planUnits(plan: Pick<MergePlan, 'tensors'>, options: UnitOptions): Unit[] {
  const units: Unit[] = [];
  const comfortableBytes = Math.floor(options.budgetBytes / UNITS_IN_FLIGHT);
  let group: Cluster[] = [];
  let load = EMPTY_LOAD;
  const flush = (): void => {
    if (group.length > 0) units.push(wholeUnit(plan.tensors, group, load));
    group = [];
    load = EMPTY_LOAD;
  };
  for (const cluster of clusterTensors(plan.tensors)) {
    const own = loadOf(plan.tensors, cluster, options.engine);
    if (!isComfortable(own, comfortableBytes)) {
      flush();
      units.push(...largeUnits(plan.tensors, cluster, comfortableBytes, options));
      continue;
    }
    if (!isComfortable(joined(load, own), comfortableBytes)) flush();
    load = joined(load, own);
    group.push(cluster);
  }
  flush();
  return units;
}

interface Load {
  readonly fetchBytes: number;
  readonly outputBytes: number;
  readonly engineBytes: number;
}

const EMPTY_LOAD: Load = { fetchBytes: 0, outputBytes: 0, engineBytes: 0 };

function joined(a: Load, b: Load): Load {
  return {
    fetchBytes: a.fetchBytes + b.fetchBytes,
    outputBytes: a.outputBytes + b.outputBytes,
    engineBytes: Math.max(a.engineBytes, b.engineBytes),
  };
}

function costOf(load: Load): number {
  return load.fetchBytes + load.outputBytes + load.engineBytes;
}

function isComfortable(load: Load, comfortableBytes: number): boolean {
  return load.fetchBytes <= WHOLE_FETCH_BYTES && costOf(load) <= comfortableBytes;
}

function loadOf(tensors: readonly PlannedTensor[], cluster: Cluster, engine: EngineShape): Load {
  let load: Load = { ...EMPTY_LOAD, fetchBytes: cluster.fetchBytes };
  for (const index of cluster.tensors) {
    const tensor = tensors[index];
    if (tensor === undefined) continue;
    load = joined(load, {
      fetchBytes: 0,
      outputBytes: tensor.sizeBytes,
      engineBytes: wholeEngineBytes(tensor, engine),
    });
  }
  return load;
}

function wholeUnit(tensors: readonly PlannedTensor[], group: readonly Cluster[], load: Load): Unit {
  return { kind: 'whole', ...stepOf(tensors, group, null), costBytes: costOf(load) };
}

function largeUnits(
  tensors: readonly PlannedTensor[],
  cluster: Cluster,
  comfortableBytes: number,
  options: UnitOptions,
): Unit[] {
  const members = cluster.tensors.flatMap((index) => tensors[index] ?? []);
  const readsTwice = members.some((tensor) => tensor.readsTwice);
  const elementCount = members[0]?.elementCount ?? 0;
  const targetBytes = readsTwice ? Math.floor(comfortableBytes / TILES_IN_FLIGHT) : comfortableBytes;
  const blocks = Math.ceil(elementCount / BLOCK_ELEMENTS);
  const limitBytes = readsTwice ? Math.floor(options.budgetBytes / TILES_IN_FLIGHT) : options.budgetBytes;
  const costOfBlocks = (count: number): number =>
    tileLoadCost(cluster, members, Math.min(count * BLOCK_ELEMENTS, elementCount), options.engine);
  const mostBlocks = Math.max(
    1,
    Math.floor(
      Math.min(...members.map((tensor) => maxTileElements(tensor, options.engine))) / BLOCK_ELEMENTS,
    ),
  );
  const largest = largestWithin(Math.min(blocks, mostBlocks), (count) => costOfBlocks(count) <= targetBytes);
  const tileBlocks = Math.max(1, largest);
  if (costOfBlocks(tileBlocks) > limitBytes) {
    throw new GraftError('CannotMerge', 'A tile of this tensor does not fit the memory ceiling.', {
      where: members[0]?.name ?? '',
      fix: 'Raise the memory ceiling in Settings.',
    });
  }
  // Equal tiles, so that the last one is not a sliver.
  const evenBlocks = Math.ceil(blocks / Math.ceil(blocks / tileBlocks));
  const steps: TileStep[] = [];
  let spoolStart = 0;
  for (let first = 0; first < elementCount; first += evenBlocks * BLOCK_ELEMENTS) {
    const run = { first, count: Math.min(evenBlocks * BLOCK_ELEMENTS, elementCount - first) };
    const step = stepOf(tensors, [cluster], run);
    steps.push({ ...step, spoolStart });
    spoolStart += stepFetchBytes(step);
  }
  const tileCosts = steps.map((step) =>
    tileLoadCost(cluster, members, step.pieces[0]?.elementCount ?? 0, options.engine),
  );
  if (!readsTwice) {
    return steps.map(({ ranges, pieces }, index) => ({
      kind: 'tile',
      ranges,
      pieces,
      costBytes: tileCosts[index] ?? 0,
    }));
  }
  const only = members.length === 1 ? members[0] : undefined;
  if (only !== undefined) {
    const tileElements = Math.max(...steps.map((step) => step.pieces[0]?.elementCount ?? 0));
    const workBytes = tileEngineBytes(only, tileElements, options.engine) - keptTileBytes(only, tileElements);
    const engineBytes = keptTileBytes(only, elementCount) + TILES_IN_FLIGHT * workBytes;
    const movingBytes = Math.max(...steps.map((step) => stepFetchBytes(step) + stepOutputBytes(step)));
    const costBytes = engineBytes + TILES_IN_FLIGHT * movingBytes;
    if (costBytes <= options.budgetBytes * RESIDENT_SHARE) {
      return [{ kind: 'resident', tiles: steps, costBytes, spoolBytes: 0 }];
    }
  }
  return [
    {
      kind: 'spooled',
      tiles: steps,
      costBytes: TILES_IN_FLIGHT * Math.max(...tileCosts),
      spoolBytes: spoolStart,
    },
  ];
}

function tileLoadCost(
  cluster: Cluster,
  members: readonly PlannedTensor[],
  elementCount: number,
  engine: EngineShape,
): number {
  const share = elementCount / Math.max(1, members[0]?.elementCount ?? 1);
  const outputBytes = members.reduce((sum, tensor) => sum + Math.ceil(tensor.sizeBytes * share), 0);
  const engineBytes = Math.max(...members.map((tensor) => tileEngineBytes(tensor, elementCount, engine)));
  return Math.ceil(cluster.fetchBytes * share) + outputBytes + engineBytes;
}

/** Largest n in [0, most] for which `fits` holds; `fits` must not turn true again once false. */
function largestWithin(most: number, fits: (count: number) => boolean): number {
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
