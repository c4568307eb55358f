/** Where a distribution's upper tail begins, from its order statistics. */

/** Position, from 0 at the smallest, of the quantile `q` (0 to 1) of `count` values; no interpolation. */
export function quantilePosition(q: number, count: number): number {
  return Math.floor(q * (count - 1));
}

const bits = new DataView(new ArrayBuffer(4));

/**
 * Bit pattern of the smallest f32 that is not below `threshold` (at least 0), so that comparing f32 values with it, or
 * their bits, tells who reaches the threshold. Null for NaN, which nothing reaches.
 */
export function bitsReaching(threshold: number): number | null {
  if (Number.isNaN(threshold)) return null;
  bits.setFloat32(0, Math.max(0, threshold));
  return bits.getFloat32(0) < threshold ? bits.getUint32(0) + 1 : bits.getUint32(0);
}

/** The f32 of a bit pattern. */
export function floatOf(pattern: number): number {
  bits.setUint32(0, pattern);
  return bits.getFloat32(0);
}
