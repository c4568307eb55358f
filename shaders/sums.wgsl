// L1 norms of deltas, whole and kept, and the count of kept elements, per block and rule. Twin: sumsTile in
// src/kernels/cpu/reduce.ts.
struct Params {
  elementCount: u32,
  base: u32,
  counter: vec2<u32>,
  ruleCount: u32,
  unused: u32,
  rules: array<Rule>,
}
@group(0) @binding(1) var<storage, read> params: Params;

struct Partial {
  absAll: vec2<u32>,
  absKept: vec2<u32>,
  keptCount: u32,
  unused: u32,
}
// [block][rule]
@group(0) @binding(2) var<storage, read_write> partials: array<Partial>;

var<workgroup> keptCount: atomic<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let lane = local.x;
  let rule = params.rules[group.y];
  let start = group.x * BLOCK_ELEMENTS + lane * LANE_ELEMENTS;
  let end = min(start + LANE_ELEMENTS, params.elementCount);
  var all = wideZero(0u);
  var kept = wideZero(0u);
  var count = 0u;
  var words = vec4<u32>();
  for (var index = start; index < end; index++) {
    if (rule.keep == KEEP_RANDOM && (index & 3u) == 0u) {
      words = randomWords(rule.key, params.counter, index);
    }
    let delta = loadDelta(rule.operand, params.base, index);
    let size = wideAbs(delta);
    all = wideAdd(all, size);
    if (isKept(rule, delta, index, words[index & 3u])) {
      kept = wideAdd(kept, size);
      count++;
    }
  }
  atomicAdd(&keptCount, count);
  let absAll = addLanes(lane, all);
  let absKept = addLanes(lane, kept);
  if (lane == 0u) {
    partials[group.x * params.ruleCount + group.y] =
      Partial(wideToBits(absAll), wideToBits(absKept), atomicLoad(&keptCount), 0u);
  }
}
