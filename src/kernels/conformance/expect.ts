/** What the groups of the suite ask of outputs. */

import { expect } from 'vitest';
import type { OutputDtype } from '../../base/dtype.ts';
import { bitsOf, encodeBits, ulpsApart } from '../reference.ts';

/** The bytes are the values rounded once, to the bit. */
export function expectElements(bytes: Uint8Array, values: ArrayLike<number>, out: OutputDtype): void {
  expect(bitsOf(bytes, out)).toEqual(Array.from(values, (value) => encodeBits(value, out)));
}

/** The bytes are the values but for one step of the dtype. */
export function expectNearly(bytes: Uint8Array, values: ArrayLike<number>, out: OutputDtype): void {
  const actual = bitsOf(bytes, out);
  expect(actual).toHaveLength(values.length);
  const farthest = actual.reduce(
    (most, bits, i) => Math.max(most, ulpsApart(bits, encodeBits(values[i] ?? 0, out), out)),
    0,
  );
  expect(farthest).toBeLessThanOrEqual(1);
}

/** Every result is the first one, and that is something. */
export function expectAllEqual(results: readonly { readonly length: number }[]): void {
  expect(results.length).toBeGreaterThan(1);
  expect(results[0]?.length).toBeGreaterThan(0);
  for (const result of results) expect(result).toEqual(results[0]);
}
