// Third: the sums of p ln(p / q) of each row. Lanes share the work as in divergence-powers.wgsl.

// 1 over the sums of the powers of a row's operand and base, for all lanes: at the row's first lane and the next.
var<workgroup> inverses: array<Wide, LANES>;

// 1 over the eight sums added by halves, of which the first is that of the place `offset`.
fn inverseOf(sums: SingleSums, offset: u32) -> Wide {
  var places = array<u32, 8>();
  for (var place = 0u; place < 8u; place++) {
    let own = (place + offset) % 8u;
    places[place] = select(sums.odd[own % 4u], sums.even[own % 4u], own < 4u);
  }
  for (var half = 4u; half > 0u; half /= 2u) {
    for (var place = 0u; place < half; place++) {
      let left = decode(vec4u(places[place]), DTYPE_F32);
      let right = decode(vec4u(places[place + half]), DTYPE_F32);
      places[place] = encode(wideAdd(left, right), DTYPE_F32).x;
    }
  }
  return single(wideDivide(constant(ONE), decode(vec4u(places[0]), DTYPE_F32)));
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let share = shareOf(group.x, local.x);
  let state = share.state;
  let least = constant(SHARE_FLOOR);
  for (var side = share.lane; side < 2u; side += LANES) {
    inverses[share.firstLane + side] = inverseOf(states[state].powers[side], share.rowStart % 4u);
  }
  workgroupBarrier();
  var sum = loadSums(states[state].terms);
  for (var turn = 0u; turn < turnCount(); turn++) {
    let first = share.start / 4u + turn * params.rowLanes;
    let count = rowsAt(first, share.end);
    for (var row = first + share.lane; row < first + count; row += LANES) {
      // The base's share, then the operand's.
      var p = least;
      var q = least;
      for (var step = 0u; step < 2u; step++) {
        let side = 1u - step;
        let power = powerOf(side, row, states[state].greatest[side]);
        q = p;
        p = single(wideAdd(single(wideMultiply(power, inverses[share.firstLane + side])), least));
      }
      let term = wideMultiply(p, logOf(single(wideDivide(p, q))));
      values[local.x] = clearOutside(term, row, share.start, share.end);
    }
    workgroupBarrier();
    for (var other = 0u; share.lane == 0u && other < count; other++) {
      sum = wideAdd(sum, values[share.firstLane + other]);
    }
    workgroupBarrier();
  }
  if (share.lane == 0u && share.start < share.end) {
    states[state].terms = storedSums(sum);
  }
}
