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

struct Entry {
  start: u32,
  dtype: u32,
}

fn entryOf(operand: u32) -> Entry {
  let pair = tile[operand >> 1u];
  let isOdd = (operand & 1u) != 0u;
  return Entry(select(pair.x, pair.z, isOdd), select(pair.y, pair.w, isOdd));
}

// Elements 4 * row .. 4 * row + 3 of an operand.
fn load(operand: u32, row: u32) -> Wide {
  let entry = entryOf(operand);
  let isFloat = entry.dtype == DTYPE_F32;
  let words = tile[entry.start + select(row >> 1u, row, isFloat)];
  // A row of halves is one half of four words.
  let pair = select(words.xy, words.zw, (row & 1u) != 0u);
  let halves = vec4u(pair.x << 16u, pair.x & 0xffff0000u, pair.y << 16u, pair.y & 0xffff0000u);
  return decode(select(halves, words, isFloat), entry.dtype);
}

// Four elements from anywhere.
fn gather(operand: u32, index: vec4u) -> Wide {
  let entry = entryOf(operand);
  let isFloat = entry.dtype == DTYPE_F32;
  let at = vec4u(entry.start) + select(index >> vec4u(3u), index >> vec4u(2u), isFloat);
  let word = select((index >> vec4u(1u)) & vec4u(3u), index & vec4u(3u), isFloat);
  let words = vec4u(tile[at.x][word.x], tile[at.y][word.y], tile[at.z][word.z], tile[at.w][word.w]);
  let halves = select(words << vec4u(16u), words & vec4u(0xffff0000u), (index & vec4u(1u)) != vec4u());
  return decode(select(halves, words, isFloat), entry.dtype);
}

// The operand, less the base where there is one.
fn loadDelta(operand: u32, base: u32, row: u32) -> Wide {
  if (hasBase) {
    return wideSubtract(load(operand, row), load(base, row));
  }
  return load(operand, row);
}

// The places of a row's elements in the tile.
fn placesOf(row: u32) -> vec4u {
  return vec4u(row * 4u) + vec4u(0u, 1u, 2u, 3u);
}

// Clears what lies before `start` or from `end` on, so that the rest of a row adds nothing.
fn clearOutside(value: Wide, row: u32, start: u32, end: u32) -> Wide {
  let places = placesOf(row);
  return wideSelect(wideZero(0u), value, (places >= vec4u(start)) & (places < vec4u(end)));
}
