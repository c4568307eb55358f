// For pick.wgsl: the delta of the one active operand times its factor, or the mean of the active ones' deltas, onto the
// base. The numbers are a factor per operand.
fn pickedOf(row: u32) -> Wide {
  let base = load(params.base, row);
  var sum = wideZero(0u);
  var alone = wideZero(0u);
  var activeCount = vec4i();
  for (var operand = 0u; operand < params.operandCount; operand++) {
    if (operand != params.base) {
      let delta = wideSubtract(load(operand, row), base);
      let differs = isActive(delta, params.threshold);
      alone = wideSelect(alone, wideMultiply(delta, wideSplat(params.numbers[operand])), differs);
      sum = wideSelect(sum, wideAdd(sum, delta), differs);
      activeCount += vec4i(ones(differs));
    }
  }
  let mean = wideDivide(sum, wideOfInteger(max(activeCount, vec4i(1))));
  let change = wideSelect(mean, alone, activeCount == vec4i(1));
  return wideSelect(wideAdd(base, change), base, activeCount == vec4i());
}
