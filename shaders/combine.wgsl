// y = sum c_k x_k, or base + sum c_k (x_k - base), in operand order. Twin: src/kernels/cpu/assembly/combine.ts.
struct Params {
  elementCount: u32,
  operandCount: u32,
  base: u32,
  dtype: u32,
  // As wideSplat takes them.
  coefficients: array<vec4u>,
}
@group(0) @binding(1) var<storage, read> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row * 4u >= params.elementCount) {
    return;
  }
  let base = params.base;
  // -0 is the neutral element of addition.
  var sum = wideZero(0x80000000u);
  for (var operand = 0u; operand < params.operandCount; operand++) {
    if (!hasBase || operand != base) {
      let value = loadDelta(operand, base, row);
      sum = wideAdd(sum, wideMultiply(value, wideSplat(params.coefficients[operand])));
    }
  }
  if (hasBase) {
    sum = wideAdd(load(base, row), sum);
  }
  storeRow(row, encode(sum, params.dtype), params.dtype);
}
