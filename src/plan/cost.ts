/** What a plan will cost: bytes fetched and written, memory, scratch space. */

import { dtypeBytes } from '../base/dtype.ts';
import type { EngineShape } from './engine-shape.ts';
import type { MergePlan } from './types.ts';
import { sizeUnits, type UnitOptions, type UnitSize } from './unit-sizes.ts';

export interface PlanCost {
  readonly fetchBytes: number;
  readonly writeBytes: number;
  /** Peak bytes in flight: the pipeline fills its ceiling, or holds the whole merge when that is smaller. */
  readonly memoryBytes: number;
  readonly spoolBytes: number;
  readonly parameterCount: number;
  readonly layerCount: number;
  readonly tensorCount: number;
  readonly shardCount: number;
}

const NOMINAL_TILE_BYTES = 16 * 1024 * 1024;

/**
 * An engine as architecture promises it: tiles of 16 MiB per operand, holding operands, an f32 output and its staging
 * copy. For estimates made before an engine is at hand.
 */
export const NOMINAL_ENGINE: EngineShape = {
  maxTileElements: () => NOMINAL_TILE_BYTES / 4,
  residentBytes: (operandDtypes, elementCount) =>
    operandDtypes.reduce((sum, dtype) => sum + dtypeBytes(dtype), 2 * 4) * elementCount,
};

/** @param budgetBytes ceiling of bytes in flight */
export function costOf(plan: MergePlan, budgetBytes: number, engine: EngineShape = NOMINAL_ENGINE): PlanCost {
  const sizes = sizeUnits(plan, { budgetBytes, engine });
  const { fetchBytes, writeBytes, parameterCount, layerCount } = plan.totals;
  return {
    fetchBytes,
    writeBytes,
    memoryBytes: Math.min(
      budgetBytes,
      sizes.reduce((sum, size) => sum + fullCost(size), 0),
    ),
    spoolBytes: largestSpool(sizes),
    parameterCount,
    layerCount,
    tensorCount: plan.tensors.length,
    shardCount: plan.shards.length,
  };
}

/** Scratch space of the largest unit that needs any. */
export function spoolBytesOf(plan: Pick<MergePlan, 'tensors'>, options: UnitOptions): number {
  return largestSpool(sizeUnits(plan, options));
}

function largestSpool(sizes: readonly UnitSize[]): number {
  return sizes.reduce((most, size) => Math.max(most, size.kind === 'whole' ? 0 : size.spoolBytes), 0);
}

/** Of all tiles of a tensor together: they may be in flight at the same time. */
function fullCost(size: UnitSize): number {
  const count = size.kind === 'tile' ? Math.ceil(size.elementCount / size.tileElements) : 1;
  return size.costBytes * count;
}
