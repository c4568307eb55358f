/** sums.wgsl. */

import { BLOCK_ELEMENTS } from '../../base/limits.ts';
import { startSums } from '../shared/statistics.ts';
import type { DeltaRule, DeltaSums, SumMeasure } from '../types.ts';
import { prepareRules, rulesParams } from './rules.ts';
import type { GpuSession } from './session.ts';
import type { GpuTile } from './tile.ts';

/** 64-bit words of one partial: all, kept, and the count with its padding. */
const PARTIAL_DOUBLES = 3;

export async function sums(
  session: GpuSession,
  tile: GpuTile,
  base: number,
  rules: readonly DeltaRule[],
  measure: SumMeasure,
  before?: readonly DeltaSums[],
): Promise<DeltaSums[]> {
  if (rules.length === 0) return [];
  const blocks = Math.ceil(tile.elementCount / BLOCK_ELEMENTS);
  const prepared = await prepareRules(session, tile, base, rules);
  const result = await session.run({
    tile,
    steps: [
      {
        kernel: 'sums',
        constants: { ...prepared.constants, squares: measure === 'square' },
        params: rulesParams(tile, base, prepared),
        workgroups: [blocks, rules.length],
      },
    ],
    resultBytes: blocks * rules.length * PARTIAL_DOUBLES * 8,
  });
  const doubles = new Float64Array(result);
  const words = new Uint32Array(result);
  return rules.map((_, rule) => {
    let { all, kept, keptCount } = startSums(before, rule);
    for (let block = 0; block < blocks; block++) {
      const partial = (block * rules.length + rule) * PARTIAL_DOUBLES;
      all += doubles[partial] ?? 0;
      kept += doubles[partial + 1] ?? 0;
      keptCount += words[(partial + 2) * 2] ?? 0;
    }
    return { all, kept, keptCount };
  });
}
