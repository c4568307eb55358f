// For pick.wgsl: the mean of what is left of the operands but the base without the `trim` smallest and largest; with a
// base, base + lambda * (mean - base). The numbers are lambda and how many are left. Twin:
// src/kernels/cpu/assembly/trimmed.ts.

// Bits whose integer order is the elements': -0 as 0, NaN above all.
fn orderedOf(operand: u32, row: u32) -> vec4u {
  let value = load(operand, row);
  let bits = encode(value, DTYPE_F32);
  let isNegative = wideIsNegative(value);
  return select((bits & vec4u(0x7fffffffu)) | vec4u(0x80000000u), ~bits, isNegative);
}

fn takesPart(operand: u32) -> bool {
  return !hasBase || operand != params.base;
}

fn ranksOf(own: u32, row: u32) -> vec4u {
  let key = orderedOf(own, row);
  var ranks = vec4u();
  for (var other = 0u; other < params.operandCount; other++) {
    if (other != own && takesPart(other)) {
      let otherKey = orderedOf(other, row);
      ranks += ones((otherKey < key) | ((otherKey == key) & vec4<bool>(other < own)));
    }
  }
  return ranks;
}

fn pickedOf(row: u32) -> Wide {
  let count = params.operandCount - select(0u, 1u, hasBase);
  // -0 is the neutral element of addition.
  var sum = wideZero(0x80000000u);
  for (var operand = 0u; operand < params.operandCount; operand++) {
    if (takesPart(operand)) {
      let ranks = ranksOf(operand, row);
      let stays = (ranks >= vec4u(params.trim)) & (ranks + vec4u(params.trim) < vec4u(count));
      sum = wideSelect(sum, wideAdd(sum, load(operand, row)), stays);
    }
  }
  let mean = wideDivide(sum, wideSplat(params.numbers[1]));
  if (!hasBase) {
    return mean;
  }
  let base = load(params.base, row);
  return wideAdd(base, wideMultiply(wideSubtract(mean, base), wideSplat(params.numbers[0])));
}
