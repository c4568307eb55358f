// Dot products of pairs of operands (or of their deltas), one float64 per block and pair. Twin: gram in
// src/kernels/cpu/assembly/gram.ts.
struct Params {
  elementCount: u32,
  base: u32,
  pairCount: u32,
  unused: u32,
  pairs: array<vec2u>,
}
@group(0) @binding(1) var<storage, read> params: Params;
// [block][pair]
@group(0) @binding(2) var<storage, read_write> partials: array<vec2u>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  let pair = params.pairs[group.y];
  let start = group.x * BLOCK_ELEMENTS + lane * LANE_ELEMENTS;
  let end = min(start + LANE_ELEMENTS, params.elementCount);
  var sum = wideZero(0u);
  for (var index = start; index < end; index += 4u) {
    let row = index / 4u;
    let product = wideMultiply(loadDelta(pair.x, params.base, row), loadDelta(pair.y, params.base, row));
    sum = wideAdd(sum, clearOutside(product, row, start, end));
  }
  let total = addLanes(lane, sum);
  if (lane == 0u) {
    partials[group.x * params.pairCount + group.y] = total;
  }
}
