/** What a plan will cost: bytes fetched and written, memory, scratch space. */

import { dtypeBytes } from '../base/dtype.ts';
import type { EngineShape } from './engine-shape.ts';
import type { MergePlan } from './types.ts';
import { sizeUnits, type UnitOptions, type UnitSize } from './unit-sizes.ts';
import { UNITS_AHEAD } from './work.ts';

export interface PlanCost {
  readonly fetchBytes: number;
  readonly writeBytes: number;
  /** Peak bytes in flight: the most that so many consecutive units cost as are on their way, up to the ceiling. */
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
    memoryBytes: Math.min(budgetBytes, peakBytes(sizes.flatMap(unitCosts))),
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

/** Of each unit; a tensor that is cut into tiles makes one of every tile. */
function unitCosts(size: UnitSize): number[] {
  const count = size.kind === 'tile' ? Math.ceil(size.elementCount / size.tileElements) : 1;
  return Array.from({ length: count }, () => size.costBytes);
}

/** The largest sum of `UNITS_AHEAD` neighbours. */
function peakBytes(costsBytes: readonly number[]): number {
  let sum = 0;
  let peak = 0;
  for (const [at, costBytes] of costsBytes.entries()) {
    sum += costBytes - (costsBytes[at - UNITS_AHEAD] ?? 0);
    peak = Math.max(peak, sum);
  }
  return peak;
}
