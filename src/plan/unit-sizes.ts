/**
 * Decides how a plan is cut to fit a ceiling of bytes in flight: what is worked on together, how large tiles are, and
 * what that costs. Arithmetic on sizes only; units.ts fills in the byte ranges.
 */

import { GraftError } from '../base/errors.ts';
import { type Cluster, clusterTensors } from './clusters.ts';
import {
  type EngineShape,
  keptTileBytes,
  leastCommonMultiple,
  maxTileElements,
  tileEngineBytes,
  tileGranule,
  wholeEngineBytes,
  wholeRowsOf,
} from './engine-shape.ts';
import { needsWhole, nestedMerges } from './nested.ts';
import type { MergePlan, PlannedTensor } from './types.ts';
import { TENSORS_IN_FLIGHT, TILES_IN_FLIGHT } from './work.ts';

export interface UnitOptions {
  /** Ceiling of bytes in flight; no unit costs more. */
  readonly budgetBytes: number;
  readonly engine: EngineShape;
  /** Tensors that no unit is wanted for, because they are finished. */
  readonly isFinished?: (tensor: PlannedTensor) => boolean;
}

/** One unit, or (`tile`) all units of one large cluster. */
export type UnitSize =
  | { readonly kind: 'whole'; readonly clusters: readonly Cluster[]; readonly costBytes: number }
  | {
      readonly kind: 'tile' | 'resident' | 'spooled';
      readonly cluster: Cluster;
      readonly elementCount: number;
      /** A multiple of 4096 and of the rows that stay whole, or all elements. */
      readonly tileElements: number;
      /** Of a tile, or of a whole resident or spooled unit. */
      readonly costBytes: number;
      readonly spoolBytes: number;
    };

/** A unit of several tensors stays this small, so that fetching one overlaps merging another. */
const WHOLE_FETCH_BYTES = 64 * 1024 * 1024;
/** So many ordinary units would fit the ceiling together: more than are on their way, so that a large one has room. */
const ORDINARY_UNITS = 6;
/** Keeping a tensor in the engine beats the scratch file even when it leaves little room to fetch ahead. */
const RESIDENT_SHARE = 0.85;

/** In working order. Throws `CannotMerge` when even the smallest tile of some tensor exceeds the ceiling or the engine. */
export function sizeUnits({ tensors }: Pick<MergePlan, 'tensors'>, options: UnitOptions): UnitSize[] {
  const sizes: UnitSize[] = [];
  const comfortableBytes = Math.floor(options.budgetBytes / ORDINARY_UNITS);
  let clusters: Cluster[] = [];
  let load = EMPTY_LOAD;
  const flush = (): void => {
    if (clusters.length > 0) sizes.push({ kind: 'whole', clusters, costBytes: costOf(load) });
    clusters = [];
    load = EMPTY_LOAD;
  };
  for (const cluster of clusterTensors(tensors, options.isFinished)) {
    const members = cluster.tensors.flatMap((index) => tensors[index] ?? []);
    const own = loadOf(members, cluster, options.engine);
    if (!isComfortable(own, comfortableBytes)) {
      flush();
      sizes.push(
        members.some((tensor) => nestedMerges(tensor).some(needsWhole))
          ? undividedSize(members, cluster, costOf(own), options)
          : largeSize(members, cluster, comfortableBytes, options),
      );
      continue;
    }
    if (!isComfortable(joined(load, own), comfortableBytes)) flush();
    load = joined(load, own);
    clusters.push(cluster);
  }
  flush();
  return sizes;
}

interface Load {
  readonly fetchBytes: number;
  readonly outputBytes: number;
  /** What the engine holds for the `TENSORS_IN_FLIGHT` largest tensors: so many may be at work at a time. */
  readonly engineBytes: readonly number[];
}

const EMPTY_LOAD: Load = { fetchBytes: 0, outputBytes: 0, engineBytes: [] };

function joined(a: Load, b: Load): Load {
  return {
    fetchBytes: a.fetchBytes + b.fetchBytes,
    outputBytes: a.outputBytes + b.outputBytes,
    engineBytes: largestOf([...a.engineBytes, ...b.engineBytes]),
  };
}

function largestOf(sizesBytes: readonly number[]): number[] {
  return [...sizesBytes].sort((a, b) => b - a).slice(0, TENSORS_IN_FLIGHT);
}

function costOf(load: Load): number {
  return load.engineBytes.reduce((sum, sizeBytes) => sum + sizeBytes, load.fetchBytes + load.outputBytes);
}

function isComfortable(load: Load, comfortableBytes: number): boolean {
  return load.fetchBytes <= WHOLE_FETCH_BYTES && costOf(load) <= comfortableBytes;
}

function loadOf(members: readonly PlannedTensor[], cluster: Cluster, engine: EngineShape): Load {
  return members.reduce<Load>(
    (load, tensor) =>
      joined(load, {
        fetchBytes: 0,
        outputBytes: tensor.sizeBytes,
        engineBytes: [wholeEngineBytes(tensor, engine)],
      }),
    { ...EMPTY_LOAD, fetchBytes: cluster.fetchBytes },
  );
}

/** Whole, however large: a merge inside sees all of its tensor before the one around it begins. */
function undividedSize(
  members: readonly PlannedTensor[],
  cluster: Cluster,
  costBytes: number,
  { budgetBytes }: UnitOptions,
): UnitSize {
  if (costBytes <= budgetBytes) return { kind: 'whole', clusters: [cluster], costBytes };
  const names = new Set(
    members
      .flatMap(nestedMerges)
      .filter(needsWhole)
      .map(({ document }) => document),
  );
  throw new GraftError(
    'CannotMerge',
    `The result of ${[...names].join(' and ')} is needed whole before it is merged further, which takes ${costBytes} bytes for this tensor; the memory ceiling is ${budgetBytes}.`,
    {
      where: members[0]?.name ?? '',
      fix: 'Raise the memory ceiling in Settings, or merge the documents one after the other.',
    },
  );
}

function largeSize(
  members: readonly PlannedTensor[],
  cluster: Cluster,
  comfortableBytes: number,
  { budgetBytes, engine }: UnitOptions,
): UnitSize {
  const [first] = members;
  const elementCount = first?.elementCount ?? 0;
  const readsTwice = members.some((tensor) => tensor.readsTwice);
  const tilesAtOnce = readsTwice ? TILES_IN_FLIGHT : 1;
  const loadOfTile = (count: number): Load => tileLoad(members, cluster, count, engine);
  const granule = members.reduce((common, tensor) => leastCommonMultiple(common, tileGranule(tensor)), 1);
  const blocks = Math.ceil(elementCount / granule);
  const mostElements = Math.min(...members.map((tensor) => maxTileElements(tensor, engine)));
  const mostBlocks = Math.min(blocks, Math.max(1, Math.floor(mostElements / granule)));
  const elementsOf = (count: number): number => Math.min(count * granule, elementCount);
  const fitting = largestWithin(
    mostBlocks,
    (count) => costOf(loadOfTile(elementsOf(count))) * tilesAtOnce <= comfortableBytes,
  );
  const tileCount = Math.ceil(blocks / Math.max(1, fitting));
  // Equal tiles, so that the last one is not a sliver.
  const tileElements = elementsOf(Math.ceil(blocks / tileCount));
  const load = loadOfTile(tileElements);
  const tileBytes = costOf(load);
  const common = { cluster, elementCount, tileElements };
  const only = members.length === 1 ? first : undefined;
  if (readsTwice && only !== undefined) {
    const workBytes = (load.engineBytes[0] ?? 0) - keptTileBytes(only, tileElements);
    const movingBytes = load.fetchBytes + load.outputBytes;
    // All tiles are fetched before the first is loaded, and stored dtypes may be wider than what the engine keeps.
    const heldBytes = Math.max(keptTileBytes(only, elementCount), cluster.fetchBytes);
    const costBytes = heldBytes + TILES_IN_FLIGHT * (workBytes + movingBytes);
    if (costBytes <= budgetBytes * RESIDENT_SHARE) {
      return { kind: 'resident', ...common, costBytes, spoolBytes: 0 };
    }
  }
  const costBytes = tileBytes * tilesAtOnce;
  if (costBytes > budgetBytes) {
    const wholeRows = members.find((tensor) => (tensor.wholeRows ?? null) !== null);
    throw new GraftError(
      'CannotMerge',
      wholeRows === undefined
        ? 'A tile of this tensor does not fit the memory ceiling.'
        : `${wholeRowsOf(wholeRows)}; such a tile does not fit the memory ceiling.`,
      { where: first?.name ?? '', fix: 'Raise the memory ceiling in Settings.' },
    );
  }
  return readsTwice
    ? { kind: 'spooled', ...common, costBytes, spoolBytes: cluster.fetchBytes }
    : { kind: 'tile', ...common, costBytes, spoolBytes: 0 };
}

function tileLoad(
  members: readonly PlannedTensor[],
  cluster: Cluster,
  elementCount: number,
  engine: EngineShape,
): Load {
  const share = elementCount / Math.max(1, members[0]?.elementCount ?? 1);
  return {
    fetchBytes: Math.ceil(cluster.fetchBytes * share),
    outputBytes: members.reduce((sum, { sizeBytes }) => sum + Math.ceil(sizeBytes * share), 0),
    engineBytes: largestOf(members.map((tensor) => tileEngineBytes(tensor, elementCount, engine))),
  };
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
