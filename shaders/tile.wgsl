// A tile as it lies in its buffer. First the table of operands, two words each (word offset, dtype), then their
// elements as they came from the file. Written by layoutTile in src/kernels/gpu/tile.ts.
@group(0) @binding(0) var<storage, read> tile: array<u32>;

// Stands for "no base".
const NO_OPERAND = 0xffffffffu;

// Rows of four elements are padded, so an index past the last element within its row reads junk and does no harm.
fn load(operand: u32, index: u32) -> Wide {
  let start = tile[operand * 2u];
  let dtype = tile[operand * 2u + 1u];
  if (dtype == DTYPE_F32) {
    return decode(tile[start + index], dtype);
  }
  let word = tile[start + index / 2u];
  return decode((word >> ((index & 1u) * 16u)) & 0xffffu, dtype);
}

// The operand, less the base where there is one.
fn loadDelta(operand: u32, base: u32, index: u32) -> Wide {
  let value = load(operand, index);
  if (base == NO_OPERAND) {
    return value;
  }
  return wideSubtract(value, load(base, index));
}
