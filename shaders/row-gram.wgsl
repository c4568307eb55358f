// Dot products of pairs of operands (or of their deltas) over each row of the tile, as four sums by place modulo 4. One
// lane goes through a row's part between two places in it, adding onto what the result holds. Twin: gramRows in
// src/kernels/cpu/assembly/group-gram.ts.
struct Params {
  base: u32,
  pairCount: u32,
  firstRow: u32,
  rowCount: u32,
  rowLength: u32,
  // Within a row.
  start: u32,
  end: u32,
  unused: u32,
  pairs: array<vec2u>,
}
@group(0) @binding(1) var<storage, read> params: Params;

struct Sums {
  low: vec4u,
  high: vec4u,
}
// [row][pair], float64
@group(0) @binding(2) var<storage, read_write> sums: array<Sums>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.rowCount) {
    return;
  }
  let pair = params.pairs[id.y];
  let rowStart = (params.firstRow + id.x) * params.rowLength;
  let start = rowStart + params.start;
  let end = rowStart + params.end;
  let at = id.x * params.pairCount + id.y;
  var sum = wideOfBits(sums[at].low, sums[at].high);
  for (var row = start / 4u; row * 4u < end; row++) {
    let product = wideMultiply(loadDelta(pair.x, params.base, row), loadDelta(pair.y, params.base, row));
    sum = wideAdd(sum, clearOutside(product, row, start, end));
  }
  let bits = wideBits(sum);
  sums[at] = Sums(bits.lo, bits.hi);
}
