/**
 * Whole-tensor statistics and the final pass, over tiles. A statistic runs through the tiles in order, each adding its
 * blocks onto the result of those before, so that it depends neither on timing nor on the tile size.
 */

import { dtypeBytes, type InputDtype, isOutputDtype } from '../base/dtype.ts';
import { GraftError } from '../base/errors.ts';
import { selectLargest } from '../kernels/shared/radix-select.ts';
import type { DeltaSums, Kernels } from '../kernels/types.ts';
import type { FinalPass, TensorMath } from '../methods/types.ts';
import type { TensorTiles } from './tiles.ts';

/** Tiles of the final pass at work at a time: enough to hide a GPU's read-back behind the next tile's upload. */
const LANES = 2;

export function tensorMath(kernels: Kernels, tiles: TensorTiles): TensorMath {
  return {
    async gram(base) {
      let total: Float64Array = new Float64Array(tiles.operandDtypes.length ** 2);
      await tiles.visit(async (tile) => {
        total = await kernels.gram(tile, base, total);
      });
      return total;
    },
    selectLargest: (operand, base, count) =>
      selectLargest(kernels, (visit) => tiles.visit(visit), { operand, base, count }),
    async sums(base, rules) {
      let totals: DeltaSums[] = rules.map(() => ({ absAll: 0, absKept: 0, keptCount: 0 }));
      await tiles.visit(async (tile) => {
        totals = await kernels.sums(tile, base, rules, totals);
      });
      return totals;
    },
  };
}

/**
 * Makes the output, piece by piece: `emit` gets each piece's first element and its bytes. A copy between equal dtypes
 * moves bytes and never decodes them; `out` may then be a dtype that kernels do not write.
 */
export async function finalPass(
  kernels: Kernels,
  tiles: TensorTiles,
  pass: FinalPass,
  out: InputDtype,
  emit: (firstIndex: number, bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  if (pass.kind === 'copy' && tiles.operandDtypes[pass.operand] === out) {
    await tiles.finishBytes(async ({ firstIndex, elementCount, operands }) => {
      const bytes = operands[pass.operand]?.bytes ?? new Uint8Array(0);
      await emit(firstIndex, bytes.subarray(0, elementCount * dtypeBytes(out)));
    });
    return;
  }
  if (!isOutputDtype(out)) throw new GraftError('CannotMerge', `${out} cannot be written by a merge.`);
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
