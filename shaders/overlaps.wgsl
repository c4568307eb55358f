// How many elements of an operand are far from the base where no other operand is, and where others are too. Twin: overlaps
// in src/kernels/cpu/assembly/overlaps.ts.
struct Params {
  elementCount: u32,
  operandCount: u32,
  base: u32,
  // float32 bits.
  threshold: u32,
}
@group(0) @binding(1) var<storage, read> params: Params;

struct Overlap {
  alone: atomic<u32>,
  together: atomic<u32>,
}
// One per operand, zeroed before the dispatch.
@group(0) @binding(2) var<storage, read_write> overlaps: array<Overlap>;

const WORKGROUP = 64u;
// Elements per workgroup; OVERLAPS_RUN in src/kernels/gpu/overlaps.ts.
const RUN = 4096u;
var<workgroup> alone: atomic<u32>;
var<workgroup> together: atomic<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let own = group.y;
  let end = min((group.x + 1u) * RUN, params.elementCount);
  var aloneCounts = vec4u();
  var togetherCounts = vec4u();
  for (var index = group.x * RUN + local.x * 4u; index < end; index += WORKGROUP * 4u) {
    let row = index / 4u;
    var activeCount = vec4u();
    var ownActive = vec4<bool>();
    for (var operand = 0u; operand < params.operandCount; operand++) {
      if (operand != params.base) {
        let differs = isActive(loadDelta(operand, params.base, row), params.threshold);
        activeCount += ones(differs);
        ownActive = ownActive | (differs & vec4<bool>(operand == own));
      }
    }
    let counted = ownActive & (placesOf(row) < vec4u(end));
    aloneCounts += ones(counted & (activeCount == vec4u(1u)));
    togetherCounts += ones(counted & (activeCount > vec4u(1u)));
  }
  atomicAdd(&alone, aloneCounts.x + aloneCounts.y + aloneCounts.z + aloneCounts.w);
  atomicAdd(&together, togetherCounts.x + togetherCounts.y + togetherCounts.z + togetherCounts.w);
  workgroupBarrier();
  if (local.x == 0u) {
    atomicAdd(&overlaps[own].alone, atomicLoad(&alone));
    atomicAdd(&overlaps[own].together, atomicLoad(&together));
  }
}
