// A bit per element: is its magnitude the given one? Twin: indexOfMagnitude in src/kernels/cpu/assembly/select.ts.
struct Params {
  elementCount: u32,
  operand: u32,
  base: u32,
  magnitude: u32,
}
@group(0) @binding(1) var<storage, read> params: Params;
@group(0) @binding(2) var<storage, read_write> matches: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let start = id.x * 32u;
  if (start >= params.elementCount) {
    return;
  }
  let end = min(start + 32u, params.elementCount);
  var word = 0u;
  for (var index = start; index < end; index += 4u) {
    let magnitude = magnitudeOf(loadDelta(params.operand, params.base, index / 4u));
    let places = vec4u(index) + vec4u(0u, 1u, 2u, 3u);
    let equal = (magnitude == vec4u(params.magnitude)) & (places < vec4u(end));
    let bits = ones(equal) << (places - vec4u(start));
    word |= bits.x | bits.y | bits.z | bits.w;
  }
  matches[id.x] = word;
}
