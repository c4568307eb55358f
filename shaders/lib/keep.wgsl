// Which elements of a delta survive. Twin: keepBlock in src/kernels/cpu/assembly/keep.ts.
const KEEP_NONE = 0u;
const KEEP_ALL = 1u;
const KEEP_LARGEST = 2u;
const KEEP_RANDOM = 3u;

// Which kinds the rules hold.
override keepsLargest = true;
override keepsRandom = true;

// 24 words; written by writeRule in src/kernels/gpu/params.ts.
struct Rule {
  operand: u32,
  keep: u32,
  // Largest: magnitudes above `magnitude` stay, equal ones while the index within the tile is below `ties`.
  magnitude: u32,
  ties: u32,
  // Random: a word below `threshold` stays.
  key: vec2u,
  threshold: u32,
  unused: u32,
  // scale * weight, and weight, as wideSplat takes them.
  factor: vec4u,
  weight: vec4u,
  // For the vote: scale and weight as f32 has them.
  voteScale: vec4u,
  voteWeight: vec4u,
}

// Magnitudes of selection deltas as f32 bits: x - base rounded once, NaN canonical. Twin: magnitudesAt in
// src/kernels/cpu/assembly/magnitude.ts.
fn magnitudeOf(delta: Wide) -> vec4u {
  return encode(wideAbs(delta), DTYPE_F32);
}

// Philox words of a row's four elements; `counter` is that of the tile's first row.
fn randomWords(key: vec2u, counter: vec2u, row: u32) -> vec4u {
  let low = counter.x + row;
  let high = counter.y + select(0u, 1u, low < counter.x);
  return philox4x32(vec4u(low, high, 0u, 0u), key);
}

fn keptOf(rule: Rule, delta: Wide, counter: vec2u, row: u32) -> vec4<bool> {
  var kept = vec4<bool>(rule.keep == KEEP_ALL);
  if (keepsRandom && rule.keep == KEEP_RANDOM) {
    kept = randomWords(rule.key, counter, row) < vec4u(rule.threshold);
  }
  if (keepsLargest && rule.keep == KEEP_LARGEST) {
    let magnitude = magnitudeOf(delta);
    let index = vec4u(row * 4u) + vec4u(0u, 1u, 2u, 3u);
    let equal = magnitude == vec4u(rule.magnitude);
    kept = (magnitude > vec4u(rule.magnitude)) | (equal & (index < vec4u(rule.ties)));
  }
  return kept;
}
