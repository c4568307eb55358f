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

import { stepOf } from './steps.ts';
import type { MergePlan } from './types.ts';
import { sizeUnits, type UnitOptions, type UnitSize } from './unit-sizes.ts';
import { stepFetchBytes, type TileStep, type Unit } from './work.ts';

/**
 * Cuts `plan` into units, in working order; every output byte belongs to exactly one piece. Tensors without elements, and
 * those that are finished already, have none. Throws `CannotMerge` when even the smallest tile of some tensor exceeds the ceiling.
 */
export function planUnits(plan: Pick<MergePlan, 'tensors'>, options: UnitOptions): Unit[] {
  return sizeUnits(plan, options).flatMap((size): Unit[] => {
    if (size.kind === 'whole') {
      const { kind, clusters, costBytes } = size;
      return [{ kind, ...stepOf(plan.tensors, clusters, null), costBytes }];
    }
    const { kind, costBytes, spoolBytes } = size;
    const tiles = tilesOf(plan, size);
    if (kind !== 'tile') return [{ kind, tiles, costBytes, spoolBytes }];
    return tiles.map(({ ranges, pieces }) => ({ kind, ranges, pieces, costBytes }));
  });
}

function tilesOf(
  { tensors }: Pick<MergePlan, 'tensors'>,
  { cluster, elementCount, tileElements }: Exclude<UnitSize, { kind: 'whole' }>,
): TileStep[] {
  const steps: TileStep[] = [];
  let spoolStart = 0;
  for (let first = 0; first < elementCount; first += tileElements) {
    const step = stepOf(tensors, [cluster], { first, count: Math.min(tileElements, elementCount - first) });
    steps.push({ ...step, spoolStart });
    spoolStart += stepFetchBytes(step);
  }
  return steps;
}
