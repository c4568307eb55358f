// An output element chosen or made from the operands' elements at its place. How is `pickedOf`, in a chunk of its own:
// pick-near.wgsl, pick-active.wgsl, pick-farthest.wgsl or pick-trimmed.wgsl. Twin: src/kernels/cpu/assembly/pick.ts.

// Written by pickParams in src/kernels/gpu/pick.ts, which fills what its kind uses.
struct Params {
  elementCount: u32,
  operandCount: u32,
  base: u32,
  dtype: u32,
  operand: u32,
  // float32 bits.
  threshold: u32,
  trim: u32,
  unused: u32,
  // As wideSplat takes them.
  numbers: array<vec4u>,
}
@group(0) @binding(1) var<storage, read> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row * 4u >= params.elementCount) {
    return;
  }
  storeRow(row, encode(pickedOf(row), params.dtype), params.dtype);
}
