// Cuts through an order of magnitudes, and masks of a bit per element. Twin: src/kernels/cpu/assembly/keep.ts.

// Which of a row's elements a cut keeps: those above the magnitude in x, and of the ones equal to it those whose place in
// the tile is below y.
fn keptByCut(magnitude: vec4u, cut: vec2u, row: u32) -> vec4<bool> {
  let places = vec4u(row * 4u) + vec4u(0u, 1u, 2u, 3u);
  let equal = magnitude == vec4u(cut.x);
  return (magnitude > vec4u(cut.x)) | (equal & (places < vec4u(cut.y)));
}

// Which of them `outer` keeps and `inner` does not.
fn keptBetween(magnitude: vec4u, outer: vec2u, inner: vec2u, row: u32) -> vec4<bool> {
  return keptByCut(magnitude, outer, row) & !keptByCut(magnitude, inner, row);
}

// Whether deltas are larger than the threshold (float32 bits), as NaN is.
fn isActive(delta: Wide, threshold: u32) -> vec4<bool> {
  return magnitudeOf(delta) > vec4u(threshold);
}

// A row's bits in a word that has those of eight rows.
fn bitsOfRow(word: u32, row: u32) -> vec4<bool> {
  let bits = word >> ((row & 7u) * 4u);
  return (vec4u(bits) & vec4u(1u, 2u, 4u, 8u)) != vec4u();
}
