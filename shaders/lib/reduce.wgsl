// The fixed order of sums over a tensor: a block of 4096 elements is 64 lanes of 64 consecutive elements in 16 rows of four; a
// lane adds its rows in order, one sum per column; the 256 sums are added as a tree. Twin: addLanes in
// src/kernels/cpu/assembly/reduce.ts.
const BLOCK_ELEMENTS = 4096u;
const LANES = 64u;
const LANE_ELEMENTS = 64u;

var<workgroup> laneSums: array<Wide, LANES>;

// The sum over the workgroup's lanes, as float64 bits, in lane 0. Every lane must call it.
fn addLanes(lane: u32, own: Wide) -> vec2u {
  laneSums[lane] = own;
  for (var stride = LANES / 2u; stride > 0u; stride >>= 1u) {
    workgroupBarrier();
    if (lane < stride) {
      laneSums[lane] = wideAdd(laneSums[lane], laneSums[lane + stride]);
    }
  }
  let columns = laneSums[0];
  workgroupBarrier();
  let pairs = wideAdd(columns, wideColumns(columns, 2u));
  return wideFirstBits(wideAdd(pairs, wideColumns(pairs, 1u)));
}

// Columns shifted down by `count` (1 or 2); those that have none after them are copies of others and not used.
fn wideColumns(a: Wide, count: u32) -> Wide {
  if (count == 2u) {
    return Wide(a.sign.zwzw, a.exponent.zwzw, a.hi.zwzw, a.lo.zwzw);
  }
  return Wide(a.sign.yyyy, a.exponent.yyyy, a.hi.yyyy, a.lo.yyyy);
}
