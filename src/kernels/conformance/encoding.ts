/** Elements are decoded exactly and rounded once. */

import { expect, test } from 'vitest';
import { MERGE_DTYPES, OUTPUT_DTYPES, type OutputDtype } from '../../base/dtype.ts';
import { bitsOf, decodeBits, encodeBits } from '../reference.ts';
import { anyBits, onTile, operandOf, operandOfBits } from '../test-tensors.ts';
import type { CombineSpec, Kernels, Operand } from '../types.ts';

const COPY: CombineSpec = { coefficients: [1], base: null };

export function encodingConformance(engine: () => Kernels): void {
  async function combineBits(
    operands: readonly Operand[],
    count: number,
    spec: CombineSpec,
    out: OutputDtype,
  ) {
    return bitsOf(await onTile(engine(), operands, count, (tile) => engine().combine(tile, spec, out)), out);
  }

  const all = Uint16Array.from({ length: 65536 }, (_, index) => index);
  for (const dtype of ['F16', 'BF16'] as const) {
    for (const out of OUTPUT_DTYPES) {
      test(`all 65,536 ${dtype} to ${out}`, async () => {
        const actual = await combineBits([operandOfBits(dtype, all)], 65536, COPY, out);
        const expected = Array.from(all, (bits) => encodeBits(decodeBits(bits, dtype), out));
        expect(actual).toEqual(expected);
      });
    }
  }

  test('float32 around every tie and edge of the shorter dtypes', async () => {
    const bits: number[] = [];
    for (const [dtype, end, step] of [
      ['F16', 0x7c00, 3],
      ['BF16', 0x7f80, 5],
      ['F8_E4M3', 0x7f, 1],
      ['F8_E5M2', 0x7c, 1],
    ] as const) {
      for (let short = 0; short < end; short += step) {
        const next = Math.min(decodeBits(short + 1, dtype), 2 ** 128);
        // E4M3's greatest number is followed by a NaN where the next would be.
        const tie = (decodeBits(short, dtype) + (Number.isNaN(next) ? 480 : next)) / 2;
        const middle = encodeBits(tie, 'F32');
        bits.push(middle, middle + 1, Math.max(0, middle - 1), middle + 0x80000000);
      }
    }
    const operand = operandOfBits('F32', bits);
    for (const out of OUTPUT_DTYPES) {
      const actual = await combineBits([operand], bits.length, COPY, out);
      expect(actual).toEqual(bits.map((own) => encodeBits(decodeBits(own, 'F32'), out)));
    }
  });

  test('float8: the greatest numbers, what overflows, and NaN', async () => {
    const values = [
      448,
      464,
      464.1,
      -464,
      -500,
      Infinity,
      Number.NaN,
      57344,
      61439,
      61440,
      -61440,
      -Infinity,
    ];
    const operand = operandOf('F32', values);
    expect(await combineBits([operand], values.length, COPY, 'F8_E4M3')).toEqual([
      0x7e, 0x7e, 0x7f, 0xfe, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f,
    ]);
    expect(await combineBits([operand], values.length, COPY, 'F8_E5M2')).toEqual([
      0x5f, 0x5f, 0x5f, 0xdf, 0xe0, 0x7c, 0x7f, 0x7b, 0x7b, 0x7c, 0xfc, 0xfc,
    ]);
  });

  test('rounding happens once, not by way of float32', async () => {
    const halfSteps = { F16: 2 ** -11, BF16: 2 ** -8, F8_E4M3: 2 ** -4, F8_E5M2: 2 ** -3 };
    for (const out of ['F16', 'BF16', 'F8_E4M3', 'F8_E5M2'] as const) {
      const halfStep = halfSteps[out];
      const ones = operandOf('F32', [1, 1, 1, 1, -1]);
      const ties = operandOf('F32', [halfStep, halfStep, 3 * halfStep, 3 * halfStep, -halfStep]);
      const crumbs = operandOf('F32', [2 ** -40, -(2 ** -40), 2 ** -40, -(2 ** -40), -(2 ** -40)]);
      const spec = { coefficients: [1, 1, 1], base: null };
      const one = encodeBits(1, out);
      const minusOne = encodeBits(-1, out);
      expect(await combineBits([ones, ties, crumbs], 5, spec, out)).toEqual([
        one + 1,
        one,
        one + 2,
        one + 1,
        minusOne + 1,
      ]);
    }
  });

  test('any bits at all, in any dtype, at any byte offset and length', async () => {
    for (const dtype of MERGE_DTYPES) {
      for (const out of OUTPUT_DTYPES) {
        for (const byteOffset of [0, 1, 2, 3]) {
          const count = 4097 + byteOffset;
          const operand = anyBits(dtype, count, 5 + byteOffset, byteOffset);
          const actual = await combineBits([operand], count, COPY, out);
          expect(actual).toEqual(
            bitsOf(operand.bytes, dtype).map((b) => encodeBits(decodeBits(b, dtype), out)),
          );
        }
      }
    }
  });
}
