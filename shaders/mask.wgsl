// A bit per element: does one cut keep its score that another does not? Twins: keepBlock in
// src/kernels/cpu/assembly/keep.ts and indexOfMagnitude in src/kernels/cpu/assembly/select.ts.
struct Params {
  elementCount: u32,
  unused: u32,
  // As keptBetween takes them.
  outer: vec2u,
  inner: vec2u,
  score: Score,
  factors: array<vec2u>,
}
@group(0) @binding(1) var<storage, read> params: Params;
@group(0) @binding(2) var<storage, read_write> bits: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let start = id.x * 32u;
  if (start >= params.elementCount) {
    return;
  }
  let end = min(start + 32u, params.elementCount);
  var word = 0u;
  for (var index = start; index < end; index += 4u) {
    let row = index / 4u;
    let places = placesOf(row);
    let kept = keptBetween(scoreOf(row), params.outer, params.inner, row) & (places < vec4u(end));
    let own = ones(kept) << (places - vec4u(start));
    word |= own.x | own.y | own.z | own.w;
  }
  bits[id.x] = word;
}
