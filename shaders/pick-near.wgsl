// For pick.wgsl: base + w (x - base), w = min(1, t / max(|x - base|, least)). The numbers are t and the least distance.
fn pickedOf(row: u32) -> Wide {
  let base = load(params.base, row);
  let delta = wideSubtract(load(params.operand, row), base);
  let least = wideSplat(params.numbers[1]);
  let size = wideAbs(delta);
  let distance = wideSelect(size, least, wideIsSmaller(size, least));
  let quotient = wideDivide(wideSplat(params.numbers[0]), distance);
  let one = Wide(vec4u(), vec4i(), vec4u(0x80000000u), vec4u());
  let weight = wideSelect(quotient, one, quotient.exponent >= vec4i());
  let picked = wideAdd(base, wideMultiply(weight, delta));
  // Of an infinite or undefined delta the share is 0 or NaN, and their product NaN.
  let undefinedDelta = delta.exponent >= vec4i(WIDE_INFINITE);
  return Wide(picked.sign, select(picked.exponent, vec4i(WIDE_NAN), undefinedDelta), picked.hi, picked.lo);
}
