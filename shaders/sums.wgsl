// L1 norms of deltas, whole and kept, and the count of kept elements, per block and rule. Twin: sums in
// src/kernels/cpu/assembly/sums.ts.
struct Params {
  elementCount: u32,
  base: u32,
  counter: vec2u,
  ruleCount: u32,
  unused0: u32,
  unused1: u32,
  unused2: u32,
  rules: array<Rule>,
}
@group(0) @binding(1) var<storage, read> params: Params;

struct BlockSums {
  absAll: vec2u,
  absKept: vec2u,
  keptCount: u32,
  unused: u32,
}
// [block][rule]
@group(0) @binding(2) var<storage, read_write> partials: array<BlockSums>;

var<workgroup> keptCount: atomic<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  let rule = params.rules[group.y];
  let start = group.x * BLOCK_ELEMENTS + lane * LANE_ELEMENTS;
  let end = min(start + LANE_ELEMENTS, params.elementCount);
  var all = wideZero(0u);
  var kept = wideZero(0u);
  var counts = vec4u();
  for (var index = start; index < end; index += 4u) {
    let row = index / 4u;
    let delta = loadDelta(rule.operand, params.base, row);
    let size = clearPast(wideAbs(delta), row, end);
    let survives = keptOf(rule, delta, params.counter, row);
    all = wideAdd(all, size);
    kept = wideAdd(kept, wideSelect(wideZero(0u), size, survives));
    counts += ones(survives & ((vec4u(index) + vec4u(0u, 1u, 2u, 3u)) < vec4u(end)));
  }
  atomicAdd(&keptCount, counts.x + counts.y + counts.z + counts.w);
  let absAll = addLanes(lane, all);
  let absKept = addLanes(lane, kept);
  if (lane == 0u) {
    partials[group.x * params.ruleCount + group.y] = BlockSums(absAll, absKept, atomicLoad(&keptCount), 0u);
  }
}
