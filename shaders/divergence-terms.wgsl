// Third: the sums of p ln(p / q) of each row. Lanes share the work as in divergence-powers.wgsl.

// 1 over the sum of a side's powers, for all lanes.
var<workgroup> inverses: array<Wide, 2>;

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
  let lane = local.x;
  let index = params.firstState + group.x;
  let start = rowStartOf(group.x) + params.start;
  let end = rowStartOf(group.x) + params.end;
  let least = constant(SHARE_FLOOR);
  for (var side = lane; side < 2u; side += LANES) {
    inverses[side] = inverseOf(states[index].powers[side], rowStartOf(group.x) % 4u);
  }
  workgroupBarrier();
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
        p = single(wideAdd(single(wideMultiply(power, inverses[side])), least));
      }
      let term = wideMultiply(p, logOf(single(wideDivide(p, q))));
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
