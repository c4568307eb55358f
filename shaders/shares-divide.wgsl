// For consensus.wgsl: weights are added and divided per element, for more rules than a table of their sets can hold.
struct Weights {
  sum: Wide,
}

fn noWeights() -> Weights {
  return Weights(wideZero(0u));
}

fn addWeight(before: Weights, rule: u32, weight: vec4u, takesPart: vec4<bool>) -> Weights {
  return Weights(wideSelect(before.sum, wideAdd(before.sum, wideSplat(weight)), takesPart));
}

fn selectWeights(plus: Weights, minus: Weights, minusWins: vec4<bool>) -> Weights {
  return Weights(wideSelect(plus.sum, minus.sum, minusWins));
}

// A divisor of 0 counts as 1.
fn shareOf(weights: Weights) -> Wide {
  let factor = wideSplat(params.factor);
  return wideSelect(wideDivide(factor, weights.sum), factor, weights.sum.hi == vec4u());
}
