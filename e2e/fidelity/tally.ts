/** Counts how many elements of an output are the correctly rounded results. */

import type { OutputDtype } from '../../src/base/dtype.ts';
import { bitsOf, encodeBits, ulpsApart } from '../../src/kernels/reference.ts';

/** What an element should be before it is rounded. */
export interface Result {
  readonly value: number;
  /** How far another f64 evaluation of the same formula may be from `value`. */
  readonly slack: number;
}

export interface Tally {
  readonly elementCount: number;
  /** Elements that are the result rounded to nearest, ties to even; the undecided ones are among them. */
  readonly right: number;
  /** Elements that are not the result rounded, but the rounding of a number within the slack of it. */
  readonly undecided: number;
  /** Largest distance of the elements that are not right from the rounded result, in steps of the dtype. */
  readonly largestUlps: number;
}

export const NO_ELEMENTS: Tally = { elementCount: 0, right: 0, undecided: 0, largestUlps: 0 };

/** `bytes` are the elements as written. */
export function tallyElements(
  { dtype, bytes }: { readonly dtype: OutputDtype; readonly bytes: Uint8Array },
  results: readonly Result[],
): Tally {
  const written = bitsOf(bytes, dtype);
  if (written.length !== results.length)
    throw new Error(`${written.length} elements in place of ${results.length}`);
  let right = 0;
  let undecided = 0;
  let largestUlps = 0;
  for (const [index, { value, slack }] of results.entries()) {
    const bits = written[index] ?? 0;
    const ulps = ulpsApart(bits, encodeBits(value, dtype), dtype);
    if (ulps === 0) right++;
    else if (isWithin(bits, [encodeBits(value - slack, dtype), encodeBits(value + slack, dtype)], dtype)) {
      right++;
      undecided++;
    } else largestUlps = Math.max(largestUlps, ulps);
  }
  return { elementCount: results.length, right, undecided, largestUlps };
}

/** Whether `bits` lies between two elements that are not NaN. */
function isWithin(bits: number, [least, most]: readonly [number, number], dtype: OutputDtype): boolean {
  const span = ulpsApart(least, most, dtype);
  return ulpsApart(least, bits, dtype) + ulpsApart(bits, most, dtype) === span && Number.isFinite(span);
}

export function addTallies(a: Tally, b: Tally): Tally {
  return {
    elementCount: a.elementCount + b.elementCount,
    right: a.right + b.right,
    undecided: a.undecided + b.undecided,
    largestUlps: Math.max(a.largestUlps, b.largestUlps),
  };
}
