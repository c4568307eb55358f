// Second: the sums of e^(x - greatest) of each row of the operand and of the base. The lanes make 64 rows of four at a
// time, and a lane for each side adds them in order.
//
// What only some lanes do is a loop, even of one turn, because software adapters walk through a branch that no lane takes.
@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  let index = params.firstState + group.x;
  let start = rowStartOf(group.x) + params.start;
  let end = rowStartOf(group.x) + params.end;
  // What lanes that do not add hold means nothing.
  let own = min(lane, 1u);
  let firstRow = rowStartOf(group.x) / 4u;
  var even = decode(states[index].powers[own].even, DTYPE_F32);
  var odd = decode(states[index].powers[own].odd, DTYPE_F32);
  for (var first = start / 4u; first * 4u < end; first += LANES) {
    let count = rowsAt(first, end);
    for (var row = first + lane; row < first + count; row += LANES) {
      for (var side = 0u; side < 2u; side++) {
        let power = powerOf(side, row, states[index].greatest[side]);
        values[side * LANES + lane] = clearOutside(power, row, start, end);
      }
    }
    workgroupBarrier();
    for (var other = 0u; lane < 2u && other < count; other++) {
      let isOdd = vec4<bool>((first + other - firstRow) % 2u == 1u);
      let sum = single(wideAdd(wideSelect(even, odd, isOdd), values[lane * LANES + other]));
      even = wideSelect(sum, even, isOdd);
      odd = wideSelect(odd, sum, isOdd);
    }
    workgroupBarrier();
  }
  if (lane < 2u) {
    states[index].powers[lane] = SingleSums(encode(even, DTYPE_F32), encode(odd, DTYPE_F32));
  }
}
