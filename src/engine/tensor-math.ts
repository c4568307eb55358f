/**
 * Whole-tensor statistics and the final pass, over tiles. A statistic runs through the tiles in order, each adding its
 * blocks onto the result of those before, so that it depends neither on timing nor on the tile size.
 */

import { dtypeBytes, type InputDtype, isOutputDtype, type OutputDtype } from '../base/dtype.ts';
import { GraftError } from '../base/errors.ts';
import { countZeros, selectLargest } from '../kernels/shared/radix-select.ts';
import type { DeltaSums, Kernels, OverlapCount, Tile } from '../kernels/types.ts';
import type { FinalPass, TensorMath } from '../methods/types.ts';
import { TILES_IN_FLIGHT } from '../plan/work.ts';
import type { TensorTiles } from './tiles.ts';

export function tensorMath(kernels: Kernels, tiles: TensorTiles): TensorMath {
  const operandCount = tiles.operandDtypes.length;
  const walk = (visit: (tile: Tile) => Promise<void>) => tiles.visit(visit);
  return {
    gram: (base) =>
      accumulated<Float64Array>(tiles, new Float64Array(operandCount ** 2), (tile, before) =>
        kernels.gram(tile, base, before),
      ),
    groupGram: (base, grouping) =>
      grouping.kind === 'rows'
        ? concatenated(tiles, (tile) => kernels.groupGram(tile, base, grouping))
        : accumulated<Float64Array>(
            tiles,
            new Float64Array(grouping.count * operandCount ** 2),
            (tile, before) => kernels.groupGram(tile, base, grouping, before),
          ),
    selectLargest: (wishes) => selectLargest(kernels, walk, wishes),
    countZeros: (score) => countZeros(kernels, walk, score),
    sums: (base, rules, measure) =>
      accumulated(
        tiles,
        rules.map((): DeltaSums => ({ all: 0, kept: 0, keptCount: 0 })),
        (tile, before) => kernels.sums(tile, base, rules, measure, before),
      ),
    overlaps: (base, threshold) =>
      accumulated(
        tiles,
        tiles.operandDtypes.map((): OverlapCount => ({ unique: 0, shared: 0 })),
        (tile, before) => kernels.overlaps(tile, base, threshold, before),
      ),
    rowDivergence: (operand, base, rowLength) =>
      concatenated(tiles, (tile) => kernels.rowDivergence(tile, operand, base, rowLength)),
  };
}

/** A statistic that each tile adds its elements onto. */
async function accumulated<T>(
  tiles: TensorTiles,
  start: T,
  add: (tile: Tile, before: T) => Promise<T>,
): Promise<T> {
  let total = start;
  await tiles.visit(async (tile) => {
    total = await add(tile, total);
  });
  return total;
}

/** A statistic of which each tile has a part of its own: that of its rows. */
async function concatenated(
  tiles: TensorTiles,
  partOf: (tile: Tile) => Promise<Float64Array>,
): Promise<Float64Array> {
  const parts: Float64Array[] = [];
  await tiles.visit(async (tile) => {
    parts.push(await partOf(tile));
  });
  const whole = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}

/** Gets a piece of the output: its first element and its bytes, which are the receiver's to keep when `isFresh`. */
export type Emit = (firstIndex: number, bytes: Uint8Array, isFresh: boolean) => Promise<void>;

/**
 * Makes the output, piece by piece. A copy between equal dtypes moves bytes and never decodes them; `out` may then be a
 * dtype that kernels do not write.
 */
export async function finalPass(
  kernels: Kernels,
  tiles: TensorTiles,
  pass: FinalPass,
  out: InputDtype,
  emit: Emit,
): Promise<void> {
  if (pass.kind === 'copy' && tiles.operandDtypes[pass.operand] === out) {
    await tiles.finishBytes(async ({ firstIndex, elementCount, operands }) => {
      const bytes = operands[pass.operand]?.bytes ?? new Uint8Array(0);
      await emit(firstIndex, bytes.subarray(0, elementCount * dtypeBytes(out)), false);
    });
    return;
  }
  if (!isOutputDtype(out)) throw new GraftError('CannotMerge', `${out} cannot be written by a merge.`);
  await tiles.finish(async (tile) => {
    await emit(tile.firstIndex, await outputOf(kernels, tile, pass, out), true);
  }, TILES_IN_FLIGHT);
}

function outputOf(kernels: Kernels, tile: Tile, pass: FinalPass, out: OutputDtype): Promise<Uint8Array> {
  if (pass.kind === 'consensus') return kernels.consensus(tile, pass, out);
  if (pass.kind === 'pick') return kernels.pick(tile, pass.pick, out);
  if (pass.kind === 'combine') return kernels.combine(tile, pass, out);
  const coefficients = Array.from({ length: tile.operandCount }, (_, operand) =>
    operand === pass.operand ? 1 : 0,
  );
  return kernels.combine(tile, { coefficients, base: null }, out);
}
