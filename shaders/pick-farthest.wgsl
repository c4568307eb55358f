// For pick.wgsl: the coefficient * (x - base) of largest size, the first of equal ones, onto the base. The numbers are a
// coefficient per operand.
fn pickedOf(row: u32) -> Wide {
  let base = load(params.base, row);
  var farthest = wideZero(0u);
  var isFirst = true;
  for (var operand = 0u; operand < params.operandCount; operand++) {
    if (operand != params.base) {
      let delta = wideSubtract(load(operand, row), base);
      let change = wideMultiply(delta, wideSplat(params.numbers[operand]));
      farthest = wideSelect(farthest, change, vec4<bool>(isFirst) | wideIsSmaller(farthest, change));
      isFirst = false;
    }
  }
  return wideAdd(base, farthest);
}
