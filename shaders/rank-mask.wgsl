// A bit per element: is its random word below the threshold of its rank? A lane makes a word of the mask. Twin:
// src/kernels/cpu/assembly/rank.ts.

// How many of the `count` sorted keys from `start` on are below `key`, or, with `orEqual`, not above it.
fn countBelow(start: u32, count: u32, key: u32, orEqual: bool) -> u32 {
  var least = 0u;
  var most = count;
  while (least < most) {
    let middle = (least + most) / 2u;
    let own = words[start + middle];
    if (own < key || (orEqual && own == key)) {
      least = middle + 1u;
    } else {
      most = middle;
    }
  }
  return least;
}

// An element's rank in its row, from its place among the rows at hand.
fn rankOf(place: u32) -> u32 {
  let rowStart = place - place % params.rowLength;
  let chunk = (place - rowStart) / CHUNK;
  var rank = words[params.ranksAt + place];
  let key = words[params.sortedAt + rowStart + chunk * CHUNK + rank];
  for (var other = 0u; other * CHUNK < params.rowLength; other++) {
    if (other != chunk) {
      let count = min(CHUNK, params.rowLength - other * CHUNK);
      rank += countBelow(params.sortedAt + rowStart + other * CHUNK, count, key, other < chunk);
    }
  }
  return rank;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = params.firstWord + id.x;
  let start = max(at * 32u, params.start);
  let end = min(at * 32u + 32u, params.start + params.elementCount);
  if (start >= end) {
    return;
  }
  // Rows need not end where words do, so the word may hold bits of the rows before.
  var word = words[at];
  for (var row = start / 4u; row * 4u < end; row++) {
    let random = randomWords(params.key, params.counter, row);
    for (var column = 0u; column < 4u; column++) {
      let index = row * 4u + column;
      if (index >= start && index < end) {
        let threshold = words[params.thresholdsAt + rankOf(index - params.start)];
        word |= select(0u, 1u, random[column] < threshold) << (index & 31u);
      }
    }
  }
  words[at] = word;
}
