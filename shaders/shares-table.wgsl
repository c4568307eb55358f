// For consensus.wgsl: which rules took part is a bit set per element, and the host lists what each set makes of the
// factor (shareTable in src/kernels/shared/factors.ts).
struct Weights {
  rules: vec4u,
}

fn noWeights() -> Weights {
  return Weights(vec4u());
}

fn addWeight(before: Weights, rule: u32, weight: vec4u, takesPart: vec4<bool>) -> Weights {
  return Weights(before.rules | select(vec4u(), vec4u(1u << rule), takesPart));
}

fn selectWeights(plus: Weights, minus: Weights, minusWins: vec4<bool>) -> Weights {
  return Weights(select(plus.rules, minus.rules, minusWins));
}

fn shareOf(weights: Weights) -> Wide {
  let table = vec4u(params.ruleCount * RULE_ROWS) + weights.rules;
  let a = params.rows[table.x];
  let b = params.rows[table.y];
  let c = params.rows[table.z];
  let d = params.rows[table.w];
  return Wide(
    vec4u(a.x, b.x, c.x, d.x),
    bitcast<vec4i>(vec4u(a.y, b.y, c.y, d.y)),
    vec4u(a.z, b.z, c.z, d.z),
    vec4u(a.w, b.w, c.w, d.w),
  );
}
