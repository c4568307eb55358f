// The parameters of kernels that follow rules about deltas, and which elements a rule keeps. Twin: keepBlock in
// src/kernels/cpu/assembly/keep.ts.
const KEEP_NONE = 0u;
const KEEP_ALL = 1u;
const KEEP_BETWEEN = 2u;
const KEEP_RANDOM = 3u;
const KEEP_MASKED = 4u;

// Which kinds the rules hold.
override keepsBetween = true;
override keepsRandom = true;
override keepsMasked = true;

// Written by rulesParams in src/kernels/gpu/rules.ts.
struct Params {
  elementCount: u32,
  base: u32,
  ruleCount: u32,
  // Of the output, where there is one.
  dtype: u32,
  // Philox counter of the tile's first row, low and high word.
  counter: vec2u,
  signVote: u32,
  unused: u32,
  // What the mixed delta is multiplied by; under `normalize` its numerator. As wideSplat takes it.
  factor: vec4u,
  // Least sum of weights to divide by, or 0 where only one of 0 is replaced. As wideSplat takes it.
  leastDivisor: vec4u,
  // The rules, six rows of words each, then what they and the kernel look up.
  rows: array<vec4u>,
}
@group(0) @binding(1) var<storage, read> params: Params;

struct Rule {
  operand: u32,
  keep: u32,
  // Random: a word below it stays.
  threshold: u32,
  // Masked: the row of `params.rows` from which its bits lie.
  mask: u32,
  // Between: the outer cut and the inner one, with ties as places in the tile. Random: the key.
  choice: vec4u,
  // scale * weight, and weight, as wideSplat takes them.
  factor: vec4u,
  weight: vec4u,
  // For the vote, as f32 has them.
  voteScale: vec4u,
  voteWeight: vec4u,
}
const RULE_ROWS = 6u;

fn ruleAt(index: u32) -> Rule {
  let start = index * RULE_ROWS;
  let first = params.rows[start];
  return Rule(
    first.x,
    first.y,
    first.z,
    first.w,
    params.rows[start + 1u],
    params.rows[start + 2u],
    params.rows[start + 3u],
    params.rows[start + 4u],
    params.rows[start + 5u],
  );
}

fn keptOf(rule: Rule, delta: Wide, row: u32) -> vec4<bool> {
  var kept = vec4<bool>(rule.keep == KEEP_ALL);
  if (keepsRandom && rule.keep == KEEP_RANDOM) {
    kept = randomWords(rule.choice.xy, params.counter, row) < vec4u(rule.threshold);
  }
  if (keepsBetween && rule.keep == KEEP_BETWEEN) {
    kept = keptBetween(magnitudeOf(delta), rule.choice.xy, rule.choice.zw, row);
  }
  if (keepsMasked && rule.keep == KEEP_MASKED) {
    let word = params.rows[rule.mask + (row >> 5u)][(row >> 3u) & 3u];
    kept = bitsOfRow(word, row);
  }
  return kept;
}
