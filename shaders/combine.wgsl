// y = sum c_k x_k, or base + sum c_k (x_k - base), in operand order. Twin: src/kernels/cpu/combine.ts.
struct Params {
  elementCount: u32,
  operandCount: u32,
  base: u32,
  dtype: u32,
  coefficients: array<vec2<u32>>,
}
@group(0) @binding(1) var<storage, read> params: Params;

fn combineElement(index: u32) -> Wide {
  // -0 is the neutral element of addition.
  var sum = wideZero(0x80000000u);
  for (var operand = 0u; operand < params.operandCount; operand++) {
    if (operand == params.base) {
      continue;
    }
    let value = loadDelta(operand, params.base, index);
    sum = wideAdd(sum, wideMultiply(value, wideFromBits(params.coefficients[operand])));
  }
  if (params.base != NO_OPERAND) {
    sum = wideAdd(load(params.base, index), sum);
  }
  return sum;
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let row = id.x;
  if (row * 4u >= params.elementCount) {
    return;
  }
  var bits = vec4<u32>();
  for (var place = 0u; place < 4u; place++) {
    bits[place] = encode(combineElement(row * 4u + place), params.dtype);
  }
  storeRow(row, bits, params.dtype);
}
