// The fixed order of every sum: a block of 4096 elements is 64 lanes of 64 consecutive elements; a lane adds its
// elements in order, then lanes are added as a tree. Twin: addLanes in src/kernels/cpu/reduce.ts.
const BLOCK_ELEMENTS = 4096u;
const LANES = 64u;
const LANE_ELEMENTS = 64u;

var<workgroup> laneSums: array<Wide, LANES>;

// The sum over the workgroup's lanes, in lane 0. Every lane must call it.
fn addLanes(lane: u32, own: Wide) -> Wide {
  laneSums[lane] = own;
  for (var stride = LANES / 2u; stride > 0u; stride >>= 1u) {
    workgroupBarrier();
    if (lane < stride) {
      laneSums[lane] = wideAdd(laneSums[lane], laneSums[lane + stride]);
    }
  }
  let total = laneSums[0];
  workgroupBarrier();
  return total;
}
