// A tile as it lies in its buffer. First the table of operands, two words each (offset in rows of four words, dtype),
// then their elements as they came from the file, each operand from a row on. Written by layoutTile in
// src/kernels/gpu/tile.ts.
//
// Kernels go through elements in rows of four. The last row may reach past the last element; what it finds there is
// junk, and harmless.
@group(0) @binding(0) var<storage, read> tile: array<vec4u>;

// Whether there is a base to subtract. A constant of the pipeline, like the other overrides, because software adapters
// walk both sides of every branch.
override hasBase = true;

// Elements 4 * row .. 4 * row + 3 of an operand.
fn load(operand: u32, row: u32) -> Wide {
  let entry = tile[operand >> 1u];
  let isOdd = (operand & 1u) != 0u;
  let start = select(entry.x, entry.z, isOdd);
  let dtype = select(entry.y, entry.w, isOdd);
  let isFloat = dtype == DTYPE_F32;
  let words = tile[start + select(row >> 1u, row, isFloat)];
  // A row of halves is one half of four words.
  let pair = select(words.xy, words.zw, (row & 1u) != 0u);
  let halves = vec4u(pair.x << 16u, pair.x & 0xffff0000u, pair.y << 16u, pair.y & 0xffff0000u);
  return decode(select(halves, words, isFloat), dtype);
}

// The operand, less the base where there is one.
fn loadDelta(operand: u32, base: u32, row: u32) -> Wide {
  if (hasBase) {
    return wideSubtract(load(operand, row), load(base, row));
  }
  return load(operand, row);
}
