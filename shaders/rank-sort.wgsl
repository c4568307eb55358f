// Sorts chunks of rows by the size of their deltas, equal ones by index: a bitonic network in workgroup memory. A workgroup
// is a chunk of a row in x and a row in y, or, where rows are short, some rows in y.
const SORT_LANES = 256u;
// Above every magnitude, and as a place behind every row.
const PAST = 0xffffffffu;
// A chunk's places have that many bits; the row's number within the chunk lies above them.
const PLACE_BITS = 11u;

var<workgroup> keys: array<u32, CHUNK>;
var<workgroup> places: array<u32, CHUNK>;

fn put(key: u32, index: u32, start: u32, end: u32) {
  if (index >= start && index < end) {
    keys[index - start] = key;
  }
}

// Swaps two slots unless they are in the wanted order: by row, then key, then place.
fn order(first: u32, second: u32, ascending: bool) {
  let a = keys[first];
  let b = keys[second];
  let placeA = places[first];
  let placeB = places[second];
  let rowA = placeA >> PLACE_BITS;
  let rowB = placeB >> PLACE_BITS;
  let above = rowA > rowB || (rowA == rowB && (a > b || (a == b && placeA > placeB)));
  if (above == ascending) {
    keys[first] = b;
    keys[second] = a;
    places[first] = placeB;
    places[second] = placeA;
  }
}

@compute @workgroup_size(SORT_LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  // Of the elements at hand.
  let rowsStart = group.y * params.chunkRows * params.rowLength;
  let rowsEnd = min(rowsStart + params.chunkRows * params.rowLength, params.elementCount);
  let scratch = rowsStart + group.x * CHUNK;
  let count = min(CHUNK, rowsEnd - scratch);
  let start = params.start + scratch;
  // The least power of two that holds the chunk.
  let slots = 1u << (32u - countLeadingZeros(count - 1u));
  for (var slot = lane; slot < slots; slot += SORT_LANES) {
    let place = ((slot / params.rowLength) << PLACE_BITS) | slot;
    keys[slot] = PAST;
    places[slot] = select(PAST, place, slot < count);
  }
  workgroupBarrier();
  for (var row = start / 4u + lane; row * 4u < start + count; row += SORT_LANES) {
    let magnitude = magnitudeOf(loadDelta(params.operand, params.base, row));
    for (var column = 0u; column < 4u; column++) {
      put(magnitude[column], row * 4u + column, start, start + count);
    }
  }
  for (var run = 2u; run <= slots; run <<= 1u) {
    for (var stride = run >> 1u; stride > 0u; stride >>= 1u) {
      workgroupBarrier();
      for (var pair = lane; pair < slots / 2u; pair += SORT_LANES) {
        let first = (pair / stride) * stride * 2u + pair % stride;
        order(first, first + stride, (first & run) == 0u);
      }
    }
  }
  workgroupBarrier();
  for (var slot = lane; slot < count; slot += SORT_LANES) {
    words[params.sortedAt + scratch + slot] = keys[slot];
    let place = places[slot];
    let rank = slot - (place >> PLACE_BITS) * params.rowLength;
    words[params.ranksAt + scratch + (place & (CHUNK - 1u))] = rank;
  }
}
