/** gram.wgsl. */

import { BLOCK_ELEMENTS } from '../../base/limits.ts';
import { startTotals } from '../shared/statistics.ts';
import type { GpuSession } from './session.ts';
import type { GpuTile } from './tile.ts';
import { NO_OPERAND, WordWriter } from './words.ts';

export async function gram(
  session: GpuSession,
  tile: GpuTile,
  base: number | null,
  before?: Float64Array,
): Promise<Float64Array> {
  const size = tile.operandCount;
  const totals = startTotals(size * size, before);
  const pairs = pairsOf(size, base);
  if (pairs.length === 0 || tile.elementCount === 0) return totals;
  const blocks = Math.ceil(tile.elementCount / BLOCK_ELEMENTS);
  const params = new WordWriter(4 + 2 * pairs.length)
    .words(tile.elementCount, base ?? NO_OPERAND, pairs.length, 0, ...pairs.flat())
    .finish();
  const result = await session.run({
    tile,
    steps: [
      {
        kernel: 'gram',
        constants: { hasBase: base !== null },
        params,
        workgroups: [blocks, pairs.length],
      },
    ],
    resultBytes: blocks * pairs.length * 8,
  });
  const partials = new Float64Array(result);
  for (let block = 0; block < blocks; block++) {
    pairs.forEach(([a, b], pair) => {
      const dot = partials[block * pairs.length + pair] ?? 0;
      totals[a * size + b] = (totals[a * size + b] ?? 0) + dot;
      totals[b * size + a] = totals[a * size + b] ?? 0;
    });
  }
  return totals;
}

/** Upper triangle of the operands without the base. */
export function pairsOf(size: number, base: number | null): [number, number][] {
  const pairs: [number, number][] = [];
  for (let a = 0; a < size; a++) {
    for (let b = a; b < size; b++) {
      if (a !== base && b !== base) pairs.push([a, b]);
    }
  }
  return pairs;
}
