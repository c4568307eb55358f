// Which elements of a delta survive. Twin: keepBlock in src/kernels/cpu/keep.ts.
const KEEP_NONE = 0u;
const KEEP_ALL = 1u;
const KEEP_LARGEST = 2u;
const KEEP_RANDOM = 3u;

// 12 words; written by writeRule in src/kernels/gpu/params.ts.
struct Rule {
  operand: u32,
  keep: u32,
  // Largest: magnitudes above `magnitude` stay, equal ones while the index within the tile is below `ties`.
  magnitude: u32,
  ties: u32,
  // Random: a word below `threshold` stays.
  key: vec2<u32>,
  threshold: u32,
  unused: u32,
  // scale * weight, and weight, as float64.
  factor: vec2<u32>,
  weight: vec2<u32>,
}

// Magnitude of a selection delta as f32 bits: x - base rounded once, NaN canonical. Twin: magnitudeBlock in
// src/kernels/cpu/magnitude.ts.
fn magnitudeOf(delta: Wide) -> u32 {
  return encode(wideAbs(delta), DTYPE_F32);
}

// Philox words of the four elements from `index` (a multiple of 4 within the tile); `counter` is the tile's first.
fn randomWords(key: vec2<u32>, counter: vec2<u32>, index: u32) -> vec4<u32> {
  let low = counter.x + index / 4u;
  let high = counter.y + select(0u, 1u, low < counter.x);
  return philox4x32(vec4<u32>(low, high, 0u, 0u), key);
}

fn isKept(rule: Rule, delta: Wide, index: u32, word: u32) -> bool {
  if (rule.keep == KEEP_RANDOM) {
    return word < rule.threshold;
  }
  if (rule.keep == KEEP_LARGEST) {
    let magnitude = magnitudeOf(delta);
    return magnitude > rule.magnitude || (magnitude == rule.magnitude && index < rule.ties);
  }
  return rule.keep == KEEP_ALL;
}
