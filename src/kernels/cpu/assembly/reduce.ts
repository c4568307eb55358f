/**
 * Sums in a fixed order, so that they depend neither on the tile size nor on the engine: a block of 4096 elements is 64
 * lanes of 64 consecutive elements in 16 rows of four; a lane adds its rows in order, one sum per column; the 256 sums
 * are added as a tree, blocks in order onto what came before. Twin: lib/reduce.wgsl.
 */

/** Elements of a lane. */
export const LANE: i32 = 64;
export const COLUMN_SUMS: i32 = 256;

/** Adds the 256 f64 at `sums` as a tree, in place. Twin: addLanes in lib/reduce.wgsl. */
export function addLanes(sums: usize): f64 {
  for (let stride: usize = COLUMN_SUMS / 2; stride > 1; stride >>= 1) {
    for (let at = sums; at < sums + stride * 8; at += 16) {
      v128.store(at, f64x2.add(v128.load(at), v128.load(at + stride * 8)));
    }
  }
  return load<f64>(sums) + load<f64>(sums, 8);
}
