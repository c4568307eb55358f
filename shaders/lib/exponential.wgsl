// Powers in float32 and logarithms in float64, by fixed steps. Twins: expOf and logOf in src/kernels/shared/divergence.ts.
// The kernel gives the `constant`s.

// Coefficients from the highest power down.
fn horner(coefficients: u32, count: u32, x: Wide) -> Wide {
  var sum = constant(coefficients);
  for (var index = 1u; index < count; index++) {
    sum = wideAdd(wideMultiply(sum, x), constant(coefficients + index));
  }
  return sum;
}

// e^y for a float32 y <= 0; 0 below -80.
fn expOf(y: Wide) -> Wide {
  let rounder = constant(ROUNDER);
  let k = wideSubtract(wideAdd(single(wideMultiply(y, constant(LOG2_E))), rounder), rounder);
  let upper = single(wideSubtract(y, wideMultiply(k, constant(LN2_UPPER))));
  let rest = single(wideSubtract(upper, wideMultiply(k, constant(LN2_LOWER))));
  var sum = constant(EXP_COEFFICIENTS);
  for (var index = 1u; index < EXP_COUNT; index++) {
    sum = single(wideAdd(wideMultiply(sum, rest), constant(EXP_COEFFICIENTS + index)));
  }
  let square = single(wideMultiply(rest, rest));
  let power = single(wideAdd(single(wideAdd(wideMultiply(square, sum), rest)), constant(ONE)));
  // k is an integer from -116 to 0, or means nothing.
  let places = vec4i(k.hi >> vec4u(clamp(vec4i(31) - k.exponent, vec4i(), vec4i(31))));
  let scaled = Wide(power.sign, power.exponent - places, power.hi, power.lo);
  return wideSelect(scaled, wideZero(0u), wideIsNegative(wideSubtract(y, constant(LEAST_EXPONENT))));
}

// ln t for finite t > 0.
fn logOf(t: Wide) -> Wide {
  let limit = constant(SQRT_2);
  let large = (t.hi > limit.hi) | ((t.hi == limit.hi) & (t.lo >= limit.lo));
  let carry = vec4i(ones(large));
  let fraction = Wide(t.sign, -carry, t.hi, t.lo);
  let exponent = wideOfInteger(t.exponent + carry);
  let one = constant(ONE);
  let s = wideDivide(wideSubtract(fraction, one), wideAdd(fraction, one));
  let z = wideMultiply(s, s);
  let w = wideMultiply(z, horner(LOG_COEFFICIENTS, LOG_COUNT, z));
  let s2 = wideAdd(s, s);
  let low = wideAdd(wideMultiply(s2, w), wideMultiply(exponent, constant(LN2_LOW)));
  return wideAdd(wideMultiply(exponent, constant(LN2_HIGH)), wideAdd(s2, low));
}
