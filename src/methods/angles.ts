/** Spherical interpolation as coefficients: pure functions of the inputs' dot products. */

/** Below this norm a vector counts as zero and is not normalised. */
const ZERO_NORM = 1e-8;
/** The same of vectors that are apart by rows, columns or deltas (nuslerp), where it is smaller. */
const LEAST_LENGTH = 1e-7;
/** Below this sine the arc is a line. */
const COLINEAR_SINE = 1e-8;
/** Above this |cosine| the sines of the formula lose their digits, and the arc is a line anyway. */
const COLINEAR_COSINE = 0.9995;

export interface PairProducts {
  /** a.a, b.b and a.b of two flattened tensors. */
  readonly aa: number;
  readonly bb: number;
  readonly ab: number;
}

/**
 * Coefficients (c_a, c_b) of y = c_a a + c_b b at position `t` of the arc from a to b (Shoemake 1985, as mergekit applies
 * it: whole-tensor angle, original lengths). Nearly parallel and nearly opposite tensors are interpolated linearly;
 * with a zero tensor the angle counts as 90 degrees.
 */
export function slerpCoefficients({ aa, bb, ab }: PairProducts, t: number): readonly [number, number] {
  const lengthA = Math.sqrt(aa);
  const lengthB = Math.sqrt(bb);
  const cosine = ab / ((lengthA > ZERO_NORM ? lengthA : 1) * (lengthB > ZERO_NORM ? lengthB : 1));
  if (Math.abs(cosine) > COLINEAR_COSINE) return [1 - t, t];
  const angle = Math.acos(cosine);
  const sine = Math.sin(angle);
  return [Math.sin(angle - angle * t) / sine, Math.sin(angle * t) / sine];
}

/**
 * As `slerpCoefficients`, by the rules of mergekit's nuslerp: only vectors whose angle has no sine to divide by are
 * interpolated linearly, so nearly opposite ones give large coefficients.
 */
export function nuslerpCoefficients({ aa, bb, ab }: PairProducts, t: number): readonly [number, number] {
  const lengthA = Math.max(Math.sqrt(aa), LEAST_LENGTH);
  const lengthB = Math.max(Math.sqrt(bb), LEAST_LENGTH);
  const angle = Math.acos(Math.min(1, Math.max(-1, ab / (lengthA * lengthB))));
  const sine = Math.sin(angle);
  if (Math.abs(sine) < COLINEAR_SINE) return [1 - t, t];
  return [Math.sin((1 - t) * angle) / sine, Math.sin(t * angle) / sine];
}
