// Keep, scale, vote on the sign, normalise, add to the base. Twin: src/kernels/cpu/consensus.ts.
struct Params {
  elementCount: u32,
  base: u32,
  dtype: u32,
  ruleCount: u32,
  // Philox counter of the tile's first element, low and high word.
  counter: vec2<u32>,
  signVote: u32,
  // Only with signVote: divide by the weights that took part.
  normalize: u32,
  // What the mixed delta is multiplied by; under `normalize` its numerator.
  factor: vec2<u32>,
  rules: array<Rule>,
}
@group(0) @binding(1) var<storage, read> params: Params;

// Terms above and below zero, and their weights. Without a vote everything is in `plus`.
struct Ballot {
  plus: Wide,
  minus: Wide,
  plusWeight: Wide,
  minusWeight: Wide,
}

fn castVote(before: Ballot, term: Wide, weight: vec2<u32>) -> Ballot {
  var ballot = before;
  let side = wideSign(term);
  if (params.signVote == 0u) {
    ballot.plus = wideAdd(before.plus, term);
  } else if (side > 0) {
    ballot.plus = wideAdd(before.plus, term);
    if (params.normalize != 0u) {
      ballot.plusWeight = wideAdd(before.plusWeight, wideFromBits(weight));
    }
  } else if (side < 0) {
    ballot.minus = wideAdd(before.minus, term);
    if (params.normalize != 0u) {
      ballot.minusWeight = wideAdd(before.minusWeight, wideFromBits(weight));
    }
  }
  return ballot;
}

// The elected sum times factor, divided by the elected weights.
fn settle(ballot: Ballot) -> Wide {
  let factor = wideFromBits(params.factor);
  if (params.signVote == 0u) {
    return wideMultiply(ballot.plus, factor);
  }
  let balance = wideAdd(ballot.plus, ballot.minus);
  let minusWins = wideSign(balance) < 0 || wideIsNan(balance);
  var mixed = ballot.plus;
  var divisor = ballot.plusWeight;
  if (minusWins) {
    mixed = ballot.minus;
    divisor = ballot.minusWeight;
  }
  if (params.normalize == 0u || divisor.hi == 0u) {
    return wideMultiply(mixed, factor);
  }
  return wideMultiply(mixed, wideDivide(factor, divisor));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let row = id.x;
  if (row * 4u >= params.elementCount) {
    return;
  }
  let zero = wideZero(0u);
  var ballots: array<Ballot, 4>;
  for (var place = 0u; place < 4u; place++) {
    ballots[place] = Ballot(zero, zero, zero, zero);
  }
  for (var r = 0u; r < params.ruleCount; r++) {
    let rule = params.rules[r];
    if (rule.keep == KEEP_NONE) {
      continue;
    }
    var words = vec4<u32>();
    if (rule.keep == KEEP_RANDOM) {
      words = randomWords(rule.key, params.counter, row * 4u);
    }
    for (var place = 0u; place < 4u; place++) {
      let index = row * 4u + place;
      let delta = loadDelta(rule.operand, params.base, index);
      if (isKept(rule, delta, index, words[place])) {
        let term = wideMultiply(delta, wideFromBits(rule.factor));
        ballots[place] = castVote(ballots[place], term, rule.weight);
      }
    }
  }
  var bits = vec4<u32>();
  for (var place = 0u; place < 4u; place++) {
    let value = wideAdd(load(params.base, row * 4u + place), settle(ballots[place]));
    bits[place] = encode(value, params.dtype);
  }
  storeRow(row, bits, params.dtype);
}
