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

fn shareOf(weights: Weights) -> Wide {
  let factor = wideSplat(params.factor);
  if (params.leastDivisor.z != 0u) {
    let least = wideSplat(params.leastDivisor);
    let isLess = wideIsNegative(wideSubtract(weights.sum, least));
    return wideDivide(factor, wideSelect(weights.sum, least, isLess));
  }
  return wideSelect(wideDivide(factor, weights.sum), factor, weights.sum.hi == vec4u());
}
