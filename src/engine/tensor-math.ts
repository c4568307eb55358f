/**
 * Whole-tensor statistics and the final pass, over tiles. Per-tile results are added in index order in f64 whatever
 * order they arrive in, so a result does not depend on timing.
 */

import { dtypeBytes, type MergeDtype } from '../base/dtype.ts';
import { selectLargest } from '../kernels/shared/radix-select.ts';
import type { DeltaSums, Kernels } from '../kernels/types.ts';
import type { FinalPass, TensorMath } from '../methods/types.ts';
import type { TensorTiles } from './tiles.ts';

/** Tiles at work at a time: enough to hide a GPU's read-back behind the next tile's upload. */
const LANES = 2;

export function tensorMath(kernels: Kernels, tiles: TensorTiles): TensorMath {
  return {
    async gram(base) {
      const parts: Float64Array[] = [];
      await tiles.visit(async (tile, position) => {
        parts[position] = await kernels.gram(tile, base);
      }, LANES);
      const total = new Float64Array(tiles.operandDtypes.length ** 2);
      for (const part of parts) {
        for (let at = 0; at < total.length; at++) total[at] = (total[at] ?? 0) + (part[at] ?? 0);
      }
      return total;
    },
    selectLargest: (operand, base, count) =>
      selectLargest(kernels, (visit) => tiles.visit(visit), { operand, base, count }),
    async sums(base, rules) {
      const parts: DeltaSums[][] = [];
      await tiles.visit(async (tile, position) => {
        parts[position] = await kernels.sums(tile, base, rules);
      }, LANES);
      return rules.map((_rule, at) => {
        const total = { absAll: 0, absKept: 0, keptCount: 0 };
        for (const part of parts) {
          const sums = part[at];
          if (sums === undefined) continue;
          total.absAll += sums.absAll;
          total.absKept += sums.absKept;
          total.keptCount += sums.keptCount;
        }
        return total;
      });
    },
  };
}

/**
 * Makes the output, piece by piece: `emit` gets each piece's first element and its bytes. A copy between equal dtypes
 * moves bytes and never decodes them.
 */
export async function finalPass(
  kernels: Kernels,
  tiles: TensorTiles,
  pass: FinalPass,
  out: MergeDtype,
  emit: (firstIndex: number, bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  if (pass.kind === 'copy' && tiles.operandDtypes[pass.operand] === out) {
    await tiles.finishBytes(async ({ firstIndex, elementCount, operands }) => {
      const bytes = operands[pass.operand]?.bytes ?? new Uint8Array(0);
      await emit(firstIndex, bytes.subarray(0, elementCount * dtypeBytes(out)));
    });
    return;
  }
  await tiles.finish(async (tile) => {
    const bytes =
      pass.kind === 'consensus'
        ? await kernels.consensus(tile, pass, out)
        : await kernels.combine(tile, combineOf(pass, tile.operandCount), out);
    await emit(tile.firstIndex, bytes);
  }, LANES);
}

function combineOf(pass: Exclude<FinalPass, { kind: 'consensus' }>, operandCount: number) {
  if (pass.kind === 'combine') return pass;
  const coefficients = Array.from({ length: operandCount }, (_, operand) =>
    operand === pass.operand ? 1 : 0,
  );
  return { coefficients, base: null };
}
