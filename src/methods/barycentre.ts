/** The weighted centre of vectors on a sphere as coefficients: a pure function of the inputs' dot products. */

/**
 * Coefficients of y = sum c_k x_k for mergekit's multislerp over `operands` of a K*K row-major `gram`.
 *
 * With u_k = x_k / (|x_k| + eps) and S = sum w_k u_k, mergekit walks from m = S/|S| along the weighted mean of the u_k's
 * tangents at m. That mean is S - (S.m) m = 0, so y = (sum w_k |x_k|) m. Where the directions cancel out (|S| < eps) there
 * is no m: y is the weighted sum then, as mergekit has it for two.
 */
export function barycentreCoefficients(
  gram: Float64Array,
  operands: readonly { readonly operand: number; readonly weight: number }[],
  eps: number,
): number[] {
  const operandCount = Math.sqrt(gram.length);
  const coefficients = Array.from({ length: operandCount }, () => 0);
  const product = (a: number, b: number): number => gram[a * operandCount + b] ?? 0;
  const lengths = operands.map(({ operand }) => Math.sqrt(product(operand, operand)));
  const shares = operands.map(({ weight }, index) => {
    const length = (lengths[index] ?? 0) + eps;
    return length === 0 ? 0 : weight / length;
  });
  let squared = 0;
  for (const [i, a] of operands.entries()) {
    for (const [j, b] of operands.entries()) {
      squared += (shares[i] ?? 0) * (shares[j] ?? 0) * product(a.operand, b.operand);
    }
  }
  const norm = Math.sqrt(Math.max(0, squared));
  const radius = operands.reduce((sum, { weight }, index) => sum + weight * (lengths[index] ?? 0), 0);
  for (const [index, { operand, weight }] of operands.entries()) {
    coefficients[operand] = norm <= eps ? weight : (radius * (shares[index] ?? 0)) / norm;
  }
  return coefficients;
}
