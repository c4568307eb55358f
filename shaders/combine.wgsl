// y = sum c_k x_k, or base + sum c_k (x_k - base), in operand order. Twin: src/kernels/cpu/assembly/combine.ts.
struct Params {
  elementCount: u32,
  operandCount: u32,
  base: u32,
  dtype: u32,
  // Coefficients by groups: how far into a row (or a row of columns) the tile begins, and how long those rows are.
  groupOffset: u32,
  groupLength: u32,
  // float64, one per operand; by groups one per group from the tile's first and operand, group-major.
  coefficients: array<vec2u>,
}
@group(0) @binding(1) var<storage, read> params: Params;

// At most one of the two.
override byRows = false;
override byColumns = false;

fn groupsOf(row: u32) -> vec4u {
  let places = placesOf(row) + vec4u(params.groupOffset);
  if (byColumns) {
    return places % vec4u(params.groupLength);
  }
  return places / vec4u(params.groupLength);
}

fn coefficientOf(operand: u32, groups: vec4u) -> Wide {
  let at = groups * vec4u(params.operandCount) + vec4u(operand);
  let a = params.coefficients[at.x];
  if (!byRows && !byColumns) {
    return wideOfPair(a);
  }
  let b = params.coefficients[at.y];
  let c = params.coefficients[at.z];
  let d = params.coefficients[at.w];
  return wideOfBits(vec4u(a.x, b.x, c.x, d.x), vec4u(a.y, b.y, c.y, d.y));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row * 4u >= params.elementCount) {
    return;
  }
  let base = params.base;
  var groups = vec4u();
  if (byRows || byColumns) {
    groups = groupsOf(row);
  }
  // -0 is the neutral element of addition.
  var sum = wideZero(0x80000000u);
  for (var operand = 0u; operand < params.operandCount; operand++) {
    if (!hasBase || operand != base) {
      let value = loadDelta(operand, base, row);
      sum = wideAdd(sum, wideMultiply(value, coefficientOf(operand, groups)));
    }
  }
  if (hasBase) {
    sum = wideAdd(load(base, row), sum);
  }
  storeRow(row, encode(sum, params.dtype), params.dtype);
}
