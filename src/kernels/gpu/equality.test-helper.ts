/** Test helper: the same work on both engines, whatever they are fed. */

import fc from 'fast-check';
import { expect } from 'vitest';
import { MERGE_DTYPES, type MergeDtype, OUTPUT_DTYPES } from '../../base/dtype.ts';
import { createCpuKernels } from '../cpu/cpu-kernels.ts';
import { keepThreshold } from '../shared/philox.ts';
import { anyBits, weightsLike } from '../test-tensors.ts';
import type { KeepRule, Kernels, MagnitudeCut, Operand, Tile } from '../types.ts';

type Ask<T> = (kernels: Kernels, tile: Tile) => Promise<T>;

export interface EngineEquality {
  /** Both engines give equal results for a tile that starts at `firstIndex`, by default the fourth block. */
  expectEqual<T>(
    operands: readonly Operand[],
    elementCount: number,
    ask: Ask<T>,
    firstIndex?: number,
  ): Promise<void>;
}

export function engineEquality(gpu: () => Kernels): EngineEquality {
  const cpu = createCpuKernels();
  return {
    async expectEqual(operands, elementCount, ask, firstIndex = 4096 * 3) {
      const [actual, expected] = await Promise.all(
        [gpu(), cpu].map(async (kernels) => {
          const tile = await kernels.load({ firstIndex, elementCount, operands });
          try {
            return await ask(kernels, tile);
          } finally {
            tile.release();
          }
        }),
      );
      expect(actual).toEqual(expected);
    },
  };
}

/** Operands like weights, or of any bits (all exponents, subnormals, infinities, NaN). */
export function makeOperands(
  dtypes: readonly MergeDtype[],
  count: number,
  seed: number,
  wild: boolean,
): Operand[] {
  const make = wild ? anyBits : weightsLike;
  return dtypes.map((dtype, i) => make(dtype, count, seed + 31 * i, (seed + i) & 3));
}

export const anyDtype = fc.constantFrom(...MERGE_DTYPES);
export const anyOutput = fc.constantFrom(...OUTPUT_DTYPES);

/** f64 coefficients with full significands. */
export const anyCoefficient = fc.oneof(
  fc.double({ min: -4, max: 4, noNaN: true }).map((value) => (Math.abs(value) < 2 ** -600 ? 0 : value)),
  fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
);

/** Cuts among the magnitudes of weights, or anywhere. */
const anyCut: fc.Arbitrary<MagnitudeCut> = fc.record({
  magnitude: fc.oneof(
    fc.integer({ min: 0x38000000, max: 0x3e000000 }),
    fc.integer({ min: 0, max: 0x7fc00000 }),
  ),
  ties: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
});

export const anyKey = fc.tuple(
  fc.integer({ min: 0, max: 0xffffffff }),
  fc.integer({ min: 0, max: 0xffffffff }),
);

/** Rules that hold for a tile of any size, over operands 1 to 3 with base 0. */
export const anyKeep: fc.Arbitrary<KeepRule> = fc.oneof(
  fc.constant<KeepRule>({ kind: 'all' }),
  fc.constant<KeepRule>({ kind: 'none' }),
  fc.record({
    kind: fc.constant('random' as const),
    key: anyKey,
    threshold: fc.double({ min: 0, max: 1, noNaN: true }).map(keepThreshold),
  }),
  fc.record({ kind: fc.constant('largest' as const), cut: anyCut }),
  fc.record({ kind: fc.constant('middle' as const), outer: anyCut, inner: anyCut }),
  fc.record({
    kind: fc.constant('largest' as const),
    cut: anyCut,
    score: fc.constantFrom(
      { kind: 'delta', operand: 2, base: 0 } as const,
      { kind: 'delta', operand: 1, base: null } as const,
      { kind: 'variance', base: 0 } as const,
    ),
  }),
);
