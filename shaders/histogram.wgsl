// One pass of a radix select: how many scores with the given upper bits fall into each bin. Twin: histogram
// in src/kernels/cpu/assembly/select.ts.
struct Params {
  elementCount: u32,
  // The digit is (score >> shift) & (bins - 1); the bits from upperShift on must equal prefix.
  shift: u32,
  bins: u32,
  upperShift: u32,
  prefix: u32,
  unused: u32,
  score: Score,
  factors: array<vec2u>,
}
@group(0) @binding(1) var<storage, read> params: Params;
// Zeroed before the dispatch.
@group(0) @binding(2) var<storage, read_write> histogram: array<atomic<u32>>;

const WORKGROUP = 256u;
// Elements per workgroup; HISTOGRAM_RUN in src/kernels/gpu/scores.ts.
const RUN = 16384u;
var<workgroup> bins: array<atomic<u32>, 2048>;

fn count(score: u32, index: u32) {
  if (index < params.elementCount && (score >> params.upperShift) == params.prefix) {
    atomicAdd(&bins[(score >> params.shift) & (params.bins - 1u)], 1u);
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let end = min((group.x + 1u) * RUN, params.elementCount);
  for (var index = group.x * RUN + local.x * 4u; index < end; index += WORKGROUP * 4u) {
    let scores = scoreOf(index / 4u);
    count(scores.x, index);
    count(scores.y, index + 1u);
    count(scores.z, index + 2u);
    count(scores.w, index + 3u);
  }
  workgroupBarrier();
  for (var bin = local.x; bin < params.bins; bin += WORKGROUP) {
    let total = atomicLoad(&bins[bin]);
    if (total != 0u) {
      atomicAdd(&histogram[bin], total);
    }
  }
}
