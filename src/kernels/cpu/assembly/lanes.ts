/** Moves between lanes of 32 and 64 bits. */

/** Two consecutive f32 at `from` as f64. */
@inline
export function promote(from: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(from));
}

/** x - base of two consecutive elements, in f64. */
@inline
export function deltaAt(x: usize, base: usize): v128 {
  return f64x2.sub(promote(x), promote(base));
}

/** Masks of the first two of four lanes, for lanes of 64 bits. */
@inline
export function lowMasks(masks: v128): v128 {
  return i64x2.extend_low_i32x4_s(masks);
}

/** Masks of the last two of four lanes, for lanes of 64 bits. */
@inline
export function highMasks(masks: v128): v128 {
  return i64x2.extend_high_i32x4_s(masks);
}

/** Sum of four lanes of 32 bits. */
@inline
export function sumLanes(lanes: v128): i32 {
  return (
    i32x4.extract_lane(lanes, 0) +
    i32x4.extract_lane(lanes, 1) +
    i32x4.extract_lane(lanes, 2) +
    i32x4.extract_lane(lanes, 3)
  );
}
