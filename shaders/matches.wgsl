// A bit per element: is its magnitude the given one? Twin: indexOfMagnitudeTile in src/kernels/cpu/select.ts.
struct Params {
  elementCount: u32,
  operand: u32,
  base: u32,
  magnitude: u32,
}
@group(0) @binding(1) var<storage, read> params: Params;
@group(0) @binding(2) var<storage, read_write> matches: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let start = id.x * 32u;
  if (start >= params.elementCount) {
    return;
  }
  let end = min(start + 32u, params.elementCount);
  var word = 0u;
  for (var index = start; index < end; index++) {
    if (magnitudeOf(loadDelta(params.operand, params.base, index)) == params.magnitude) {
      word |= 1u << (index - start);
    }
  }
  matches[id.x] = word;
}
