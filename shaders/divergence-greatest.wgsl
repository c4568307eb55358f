// First: the greatest element of each row, and whether any is infinite or NaN.
var<workgroup> greatest: array<atomic<u32>, 2>;
var<workgroup> isOdd: atomic<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let start = rowStartOf(group.x) + params.start;
  let end = rowStartOf(group.x) + params.end;
  for (var side = 0u; side < 2u; side++) {
    var most = 0u;
    var odd = vec4<bool>();
    for (var row = start / 4u + local.x; row * 4u < end; row += LANES) {
      let places = placesOf(row);
      let inside = (places >= vec4u(start)) & (places < vec4u(end));
      let value = load(sideOf(side), row);
      odd = odd | (inside & (value.exponent >= vec4i(WIDE_INFINITE)));
      let bits = encode(value, DTYPE_F32);
      let ordered = select(bits | vec4u(0x80000000u), ~bits, bits >= vec4u(0x80000000u));
      let own = select(vec4u(), ordered, inside);
      most = max(most, max(max(own.x, own.y), max(own.z, own.w)));
    }
    atomicMax(&greatest[side], most);
    atomicOr(&isOdd, select(0u, 1u, any(odd)));
  }
  workgroupBarrier();
  if (local.x == 0u) {
    let index = params.firstState + group.x;
    let found = vec2u(atomicLoad(&greatest[0]), atomicLoad(&greatest[1]));
    states[index].greatest = max(states[index].greatest, found);
    states[index].isOdd |= atomicLoad(&isOdd);
  }
}
