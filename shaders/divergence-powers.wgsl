// Second: the sums of e^(x - greatest) of each row of the operand and of the base. The lanes of a row make a row of four
// each at a time, and one of them for each side adds those in order.
//
// What only some lanes do is a loop, even of one turn, because software adapters walk through a branch that no lane takes.
@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let share = shareOf(group.x, local.x);
  let state = share.state;
  // What lanes that do not add hold means nothing.
  let own = min(share.lane, 1u);
  var even = decode(states[state].powers[own].even, DTYPE_F32);
  var odd = decode(states[state].powers[own].odd, DTYPE_F32);
  for (var turn = 0u; turn < turnCount(); turn++) {
    let first = share.start / 4u + turn * params.rowLanes;
    let count = rowsAt(first, share.end);
    for (var row = first + share.lane; row < first + count; row += LANES) {
      for (var side = 0u; side < 2u; side++) {
        let power = powerOf(side, row, states[state].greatest[side]);
        values[side * LANES + local.x] = clearOutside(power, row, share.start, share.end);
      }
    }
    workgroupBarrier();
    for (var other = 0u; share.lane < 2u && other < count; other++) {
      let isOdd = vec4<bool>((first + other - share.rowStart / 4u) % 2u == 1u);
      let power = values[share.lane * LANES + share.firstLane + other];
      let sum = single(wideAdd(wideSelect(even, odd, isOdd), power));
      even = wideSelect(sum, even, isOdd);
      odd = wideSelect(odd, sum, isOdd);
    }
    workgroupBarrier();
  }
  if (share.lane < 2u && share.start < share.end) {
    states[state].powers[share.lane] = SingleSums(encode(even, DTYPE_F32), encode(odd, DTYPE_F32));
  }
}
