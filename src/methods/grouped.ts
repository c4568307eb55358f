/** Coefficients per group of elements, each from the group's own products. */

/**
 * Calls `coefficientsOf` for the K*K products of every group of `grams` (group-major, row-major) and lines up what it
 * returns, K numbers each.
 */
export function coefficientsByGroup(
  grams: Float64Array,
  operandCount: number,
  coefficientsOf: (gram: Float64Array) => readonly number[],
): Float64Array {
  const size = operandCount * operandCount;
  const groupCount = grams.length / size;
  const coefficients = new Float64Array(groupCount * operandCount);
  for (let group = 0; group < groupCount; group++) {
    coefficients.set(coefficientsOf(grams.subarray(group * size, (group + 1) * size)), group * operandCount);
  }
  return coefficients;
}

/** Length of the last axis, along which rows lie; 1 for a scalar. */
export function lastAxis(shape: readonly number[]): number {
  return shape.at(-1) ?? 1;
}
