/** pick.wgsl and the four ways to pick. */

import type { OutputDtype } from '../../base/dtype.ts';
import { checkOperands } from '../shared/tiles.ts';
import type { PickSpec, Tile } from '../types.ts';
import { elementsOf, rowBytes, rowWorkgroups } from './output.ts';
import type { GpuSession } from './session.ts';
import type { KernelName } from './shaders.ts';
import type { GpuTile } from './tile.ts';
import { DTYPE_CODES, floatBits, NO_OPERAND, WordWriter } from './words.ts';

/** Distances below this count as this (`near`; mergekit 0.1.4, nearswap). */
const LEAST_DISTANCE = 1e-6;

const KERNELS = {
  near: 'pickNear',
  active: 'pickActive',
  farthest: 'pickFarthest',
  trimmed: 'pickTrimmed',
} as const satisfies Record<PickSpec['kind'], KernelName>;

export async function pick(
  session: GpuSession,
  tile: GpuTile,
  spec: PickSpec,
  out: OutputDtype,
): Promise<Uint8Array<ArrayBuffer>> {
  checkOperands(tile, spec.kind === 'near' ? [spec.base, spec.operand] : [spec.base ?? 0]);
  const result = await session.run({
    tile,
    steps: [
      {
        kernel: KERNELS[spec.kind],
        constants: spec.kind === 'trimmed' ? { hasBase: spec.base !== null } : {},
        params: pickParams(tile, spec, out),
        workgroups: rowWorkgroups(tile.elementCount),
      },
    ],
    resultBytes: rowBytes(tile.elementCount, out),
  });
  return elementsOf(result, tile.elementCount, out);
}

function pickParams({ elementCount, operandCount }: Tile, spec: PickSpec, out: OutputDtype) {
  const numbers = numbersOf(spec, operandCount);
  const writer = new WordWriter(8 + 4 * numbers.length)
    .words(elementCount, operandCount, spec.base ?? NO_OPERAND, DTYPE_CODES[out])
    .words(spec.kind === 'near' ? spec.operand : NO_OPERAND)
    .words(spec.kind === 'active' ? floatBits(spec.threshold) : 0)
    .words(spec.kind === 'trimmed' ? spec.trim : 0, 0);
  for (const number of numbers) writer.wide(number);
  return writer.finish();
}

/** `Params.numbers`, as the kind's shader explains them. */
function numbersOf(spec: PickSpec, operandCount: number): readonly number[] {
  switch (spec.kind) {
    case 'near':
      return [spec.t, LEAST_DISTANCE];
    case 'active':
      return operandNumbers(spec.uniqueFactors, operandCount);
    case 'farthest':
      return operandNumbers(spec.coefficients, operandCount);
    case 'trimmed':
      return [spec.lambda, operandCount - (spec.base === null ? 0 : 1) - 2 * spec.trim];
  }
}

/** One per operand; 0 where none is given. */
function operandNumbers(numbers: readonly number[], operandCount: number): number[] {
  return Array.from({ length: operandCount }, (_, operand) => numbers[operand] ?? 0);
}
