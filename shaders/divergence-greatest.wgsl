// First: the greatest element of each row, and whether any is infinite or NaN.

// Of a row's operand and of its base, at the row's first lane and the next.
var<workgroup> greatest: array<atomic<u32>, LANES>;
// At the row's first lane.
var<workgroup> isOdd: array<atomic<u32>, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let share = shareOf(group.x, local.x);
  for (var side = 0u; side < 2u; side++) {
    var most = 0u;
    var odd = vec4<bool>();
    for (var row = share.start / 4u + share.lane; row * 4u < share.end; row += params.rowLanes) {
      let places = placesOf(row);
      let inside = (places >= vec4u(share.start)) & (places < vec4u(share.end));
      let value = load(sideOf(side), row);
      odd = odd | (inside & (value.exponent >= vec4i(WIDE_INFINITE)));
      let bits = encode(value, DTYPE_F32);
      let ordered = select(bits | vec4u(0x80000000u), ~bits, bits >= vec4u(0x80000000u));
      let own = select(vec4u(), ordered, inside);
      most = max(most, max(max(own.x, own.y), max(own.z, own.w)));
    }
    atomicMax(&greatest[share.firstLane + side], most);
    atomicOr(&isOdd[share.firstLane], select(0u, 1u, any(odd)));
  }
  workgroupBarrier();
  if (share.lane == 0u && share.start < share.end) {
    let first = share.firstLane;
    let found = vec2u(atomicLoad(&greatest[first]), atomicLoad(&greatest[first + 1u]));
    states[share.state].greatest = max(states[share.state].greatest, found);
    states[share.state].isOdd |= atomicLoad(&isOdd[first]);
  }
}
