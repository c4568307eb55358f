/** divergence.wgsl: three kernels one after the other over some rows at a time, long rows in parts. */

import {
  EXP_COEFFICIENTS,
  LEAST_EXPONENT,
  LN2_HIGH,
  LN2_LOW,
  LN2_LOWER,
  LN2_UPPER,
  LOG_COEFFICIENTS,
  LOG2_E,
  ROUNDER,
  SHARE_FLOOR,
  SQRT_2,
} from '../shared/divergence.ts';
import { checkOperands, checkWholeRows } from '../shared/tiles.ts';
import { addSums } from './four-sums.ts';
import { partsOf } from './parts.ts';
import type { GpuSession, Step } from './session.ts';
import type { KernelName } from './shaders.ts';
import type { GpuTile } from './tile.ts';
import { WordWriter } from './words.ts';

/** In the order of the constants in divergence.wgsl. */
const CONSTANTS = [
  1,
  ROUNDER,
  LOG2_E,
  LN2_UPPER,
  LN2_LOWER,
  LN2_HIGH,
  LN2_LOW,
  LEAST_EXPONENT,
  SHARE_FLOOR,
  SQRT_2,
  ...EXP_COEFFICIENTS,
  ...LOG_COEFFICIENTS,
];

const KERNELS = [
  'divergenceGreatest',
  'divergencePowers',
  'divergenceTerms',
] as const satisfies readonly KernelName[];

/** Words of `RowState`, and where it has `isOdd` and `terms`. */
const STATE_WORDS = 28;
const IS_ODD = 2;
const TERMS = 20;

/** Lanes of a workgroup; as in the shaders. */
const LANES = 64;

/** Rows of one submission, elements of one dispatch, elements of one row in it: some ten milliseconds each. */
const MOST_ROWS = 16 * 1024;
const BATCH_ELEMENTS = 128 * 1024;
const ROW_PART = 64 * 1024;

export async function rowDivergence(
  session: GpuSession,
  tile: GpuTile,
  operand: number,
  base: number,
  rowLength: number,
): Promise<Float64Array> {
  checkOperands(tile, [operand, base]);
  checkWholeRows(tile, rowLength);
  const rowCount = tile.elementCount / rowLength;
  const rowLanes = lanesOf(rowLength);
  const divergences = new Float64Array(rowCount);
  for (const { start, end } of partsOf(rowCount, MOST_ROWS)) {
    const steps = [...partsOf(end - start, BATCH_ELEMENTS / rowLength)].flatMap((batch) =>
      KERNELS.flatMap((kernel) =>
        [...partsOf(rowLength, ROW_PART)].map((part): Step => {
          const rows = batch.end - batch.start;
          const writer = new WordWriter(12 + 4 * CONSTANTS.length)
            .words(operand, base, start + batch.start, batch.start)
            .words(rows, rowLength, part.start, part.end)
            .words(rowLanes, 0, 0, 0);
          for (const constant of CONSTANTS) writer.wide(constant);
          const workgroups = [Math.ceil(rows / (LANES / rowLanes)), 1] as const;
          return { kernel, constants: {}, params: writer.finish(), workgroups };
        }),
      ),
    );
    const resultBytes = (end - start) * STATE_WORDS * 4;
    const states = new Uint32Array(await session.run({ tile, steps, resultBytes, clear: true }));
    for (let row = 0; row < end - start; row++) {
      const state = row * STATE_WORDS;
      divergences[start + row] =
        states[state + IS_ODD] === 0 ? Math.max(addSums(states, state + TERMS), 0) : Number.NaN;
    }
  }
  return divergences;
}

/** How many lanes share a row: a power of two, no more than it has rows of four wherever it starts, but two at least. */
function lanesOf(rowLength: number): number {
  const rows = Math.floor((rowLength + 6) / 4);
  return Math.min(LANES, Math.max(2, 2 ** Math.ceil(Math.log2(rows))));
}
