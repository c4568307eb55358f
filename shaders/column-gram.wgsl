// Dot products of pairs of operands (or of their deltas) over each column, four columns at a time, in index order. Adds
// some rows of the matrix onto what the result holds. Twin: gramColumns in src/kernels/cpu/assembly/group-gram.ts.
struct Params {
  elementCount: u32,
  base: u32,
  columnCount: u32,
  // How far into a row of the matrix the tile begins.
  offset: u32,
  // Rows of the matrix, counted from the tile's first.
  startRow: u32,
  endRow: u32,
  pairs: array<vec2u>,
}
@group(0) @binding(1) var<storage, read> params: Params;

// Whether the matrix has a multiple of four columns, so that four of one row lie together.
override aligned = false;

struct Sums {
  low: vec4u,
  high: vec4u,
}
// [pair][four columns], float64; the last four may reach past the last column, and what is there means nothing.
@group(0) @binding(2) var<storage, read_write> sums: array<Sums>;

fn loadFour(operand: u32, places: vec4u) -> Wide {
  if (aligned) {
    return load(operand, places.x / 4u);
  }
  return gather(operand, places);
}

fn deltaAt(operand: u32, places: vec4u) -> Wide {
  if (hasBase) {
    return wideSubtract(loadFour(operand, places), loadFour(params.base, places));
  }
  return loadFour(operand, places);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let fours = (params.columnCount + 3u) / 4u;
  if (id.x >= fours) {
    return;
  }
  let pair = params.pairs[id.y];
  let columns = placesOf(id.x);
  let at = id.y * fours + id.x;
  var sum = wideOfBits(sums[at].low, sums[at].high);
  for (var row = params.startRow; row < params.endRow; row++) {
    let index = columns + vec4u(row * params.columnCount);
    let places = index - vec4u(params.offset);
    let inside = (index >= vec4u(params.offset)) & (places < vec4u(params.elementCount));
    let product = wideMultiply(deltaAt(pair.x, places), deltaAt(pair.y, places));
    sum = wideAdd(sum, wideSelect(wideZero(0u), product, inside));
  }
  let bits = wideBits(sum);
  sums[at] = Sums(bits.lo, bits.hi);
}
