// Keep, scale, vote on the sign, normalise, add to the base. Twin: src/kernels/cpu/assembly/consensus.ts.
//
// What a vote remembers of the weights, `Weights`, is a chunk of its own: shares-table.wgsl for few rules,
// shares-divide.wgsl for many.
// With signVote only: divide by the weights that took part.
override normalize = true;

// A term as it votes: mergekit votes in float32, where near ties fall differently.
fn ballotOf(rule: Rule, delta: Wide) -> Wide {
  let scaled = single(wideMultiply(single(delta), wideSplat(rule.voteScale)));
  return single(wideMultiply(scaled, wideSplat(rule.voteWeight)));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row * 4u >= params.elementCount) {
    return;
  }
  let base = load(params.base, row);
  let votes = vec4<bool>(params.signVote != 0u);
  // Sums of the terms above and below zero; without a vote all terms are in `plus`.
  var plus = wideZero(0u);
  var minus = wideZero(0u);
  var balance = wideZero(0u);
  var plusWeights = noWeights();
  var minusWeights = noWeights();
  for (var index = 0u; index < params.ruleCount; index++) {
    let rule = ruleAt(index);
    if (rule.keep != KEEP_NONE) {
      let delta = wideSubtract(load(rule.operand, row), base);
      let term = wideMultiply(delta, wideSplat(rule.factor));
      let kept = keptOf(rule, delta, row);
      let up = kept & (wideIsPositive(term) | !votes);
      let down = kept & wideIsNegative(term) & votes;
      let sum = wideAdd(wideSelect(minus, plus, up), term);
      plus = wideSelect(plus, sum, up);
      minus = wideSelect(minus, sum, down);
      if (params.signVote != 0u) {
        balance = wideSelect(balance, single(wideAdd(balance, ballotOf(rule, delta))), kept);
      }
      if (normalize) {
        plusWeights = addWeight(plusWeights, index, rule.weight, up);
        minusWeights = addWeight(minusWeights, index, rule.weight, down);
      }
    }
  }
  let minusWins = votes & ((wideIsNegative(balance)) | wideIsNan(balance));
  let mixed = wideSelect(plus, minus, minusWins);
  var share = wideSplat(params.factor);
  if (normalize) {
    share = shareOf(selectWeights(plusWeights, minusWeights, minusWins));
  }
  let value = wideAdd(base, wideMultiply(mixed, share));
  storeRow(row, encode(value, params.dtype), params.dtype);
}
