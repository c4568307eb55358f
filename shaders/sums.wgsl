// Sums over deltas (their sizes or their squares), whole and kept, and the count of kept elements, per block and rule.
// Twin: sums in src/kernels/cpu/assembly/sums.ts.
override squares = false;

struct BlockSums {
  all: vec2u,
  kept: vec2u,
  keptCount: u32,
  unused: u32,
}
// [block][rule]
@group(0) @binding(2) var<storage, read_write> partials: array<BlockSums>;

var<workgroup> keptCount: atomic<u32>;

fn measureOf(delta: Wide) -> Wide {
  if (squares) {
    return wideMultiply(delta, delta);
  }
  return wideAbs(delta);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  let rule = ruleAt(group.y);
  let start = group.x * BLOCK_ELEMENTS + lane * LANE_ELEMENTS;
  let end = min(start + LANE_ELEMENTS, params.elementCount);
  var allSum = wideZero(0u);
  var keptSum = wideZero(0u);
  var counts = vec4u();
  for (var index = start; index < end; index += 4u) {
    let row = index / 4u;
    let delta = loadDelta(rule.operand, params.base, row);
    let size = clearOutside(measureOf(delta), row, start, end);
    let survives = keptOf(rule, delta, row);
    allSum = wideAdd(allSum, size);
    keptSum = wideAdd(keptSum, wideSelect(wideZero(0u), size, survives));
    counts += ones(survives & (placesOf(row) < vec4u(end)));
  }
  atomicAdd(&keptCount, counts.x + counts.y + counts.z + counts.w);
  let allTotal = addLanes(lane, allSum);
  let keptTotal = addLanes(lane, keptSum);
  if (lane == 0u) {
    partials[group.x * params.ruleCount + group.y] =
      BlockSums(allTotal, keptTotal, atomicLoad(&keptCount), 0u);
  }
}
