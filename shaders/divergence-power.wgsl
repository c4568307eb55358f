// What the second and third kernels of divergence.wgsl share: a power for each lane to make, and where to put it.
var<workgroup> values: array<Wide, 128>;

// e^(x - greatest) of a row of the operand (side 0) or of the base; `greatest` as in `RowState`.
fn powerOf(side: u32, row: u32, greatest: u32) -> Wide {
  let bits = select(~greatest, greatest & 0x7fffffffu, greatest >= 0x80000000u);
  return expOf(single(wideSubtract(load(sideOf(side), row), decode(vec4u(bits), DTYPE_F32))));
}

// How many rows of four the lanes of a row have from `first` on.
fn rowsAt(first: u32, end: u32) -> u32 {
  let past = (end + 3u) / 4u;
  return min(params.rowLanes, max(past, first) - first);
}
