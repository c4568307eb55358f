/** overlaps.wgsl. */

import { startOverlap } from '../shared/statistics.ts';
import { checkOperands } from '../shared/tiles.ts';
import type { OverlapCount } from '../types.ts';
import type { GpuSession } from './session.ts';
import type { GpuTile } from './tile.ts';
import { floatBits, WordWriter } from './words.ts';

/** Elements per workgroup; as in the shader. */
const OVERLAPS_RUN = 4096;

export async function overlaps(
  session: GpuSession,
  tile: GpuTile,
  base: number,
  threshold: number,
  before?: readonly OverlapCount[],
): Promise<OverlapCount[]> {
  checkOperands(tile, [base]);
  const { elementCount, operandCount } = tile;
  const params = new WordWriter(4).words(elementCount, operandCount, base, floatBits(threshold)).finish();
  const workgroups = [Math.ceil(elementCount / OVERLAPS_RUN), operandCount] as const;
  const result = await session.run({
    tile,
    steps: [{ kernel: 'overlaps', constants: {}, params, workgroups }],
    resultBytes: operandCount * 8,
    clear: true,
  });
  const counts = new Uint32Array(result);
  return Array.from({ length: operandCount }, (_, operand) => {
    // The base is compared with the others too; what it counts means nothing.
    if (operand === base) return { unique: 0, shared: 0 };
    const { unique, shared } = startOverlap(before, operand);
    return {
      unique: unique + (counts[operand * 2] ?? 0),
      shared: shared + (counts[operand * 2 + 1] ?? 0),
    };
  });
}
