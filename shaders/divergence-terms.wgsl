// Third: the sums of p ln(p / q) of each row. Lanes share the work as in divergence-powers.wgsl.

// ((s0 + s1) + s2) + s3, four times.
fn totalOf(sums: Sums) -> Wide {
  var total = wideOfPair(vec2u(sums.low.x, sums.high.x));
  for (var column = 1u; column < 4u; column++) {
    total = wideAdd(total, wideOfPair(vec2u(sums.low[column], sums.high[column])));
  }
  return total;
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  let index = params.firstState + group.x;
  let start = rowStartOf(group.x) + params.start;
  let end = rowStartOf(group.x) + params.end;
  let least = constant(SHARE_FLOOR);
  var sum = loadSums(states[index].terms);
  for (var first = start / 4u; first * 4u < end; first += LANES) {
    let count = rowsAt(first, end);
    for (var row = first + lane; row < first + count; row += LANES) {
      // The base's share, then the operand's.
      var p = least;
      var q = least;
      for (var turn = 0u; turn < 2u; turn++) {
        let side = 1u - turn;
        let power = powerOf(side, row, states[index].greatest[side]);
        q = p;
        p = wideAdd(wideDivide(power, totalOf(states[index].powers[side])), least);
      }
      let term = wideMultiply(p, logOf(wideDivide(p, q)));
      values[lane] = clearOutside(term, row, start, end);
    }
    workgroupBarrier();
    for (var other = 0u; lane == 0u && other < count; other++) {
      sum = wideAdd(sum, values[other]);
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    states[index].terms = storedSums(sum);
  }
}
