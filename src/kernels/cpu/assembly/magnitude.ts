/** Magnitudes of selection deltas: |x - base| rounded once to float32, as bits whose integer order is theirs. */

/** Magnitudes of four elements. NaN is one bit pattern, above every other magnitude. Twin: magnitudeOf in keep.wgsl. */
@inline
export function magnitudesAt(x: usize, base: usize): v128 {
  const size = f32x4.abs(f32x4.sub(v128.load(x), v128.load(base)));
  return v128.bitselect(i32x4.splat(0x7fc00000), size, f32x4.ne(size, size));
}
