// Ranking the elements of rows by the size of their deltas, in two kernels over some rows at a time. rank-sort.wgsl sorts
// chunks of a row, or of several short rows, which fit a workgroup's memory; rank-mask.wgsl finds an element's rank in the whole row by binary search
// in the row's other chunks, and draws.
//
// Why not a radix sort of whole rows: most rows have a few thousand elements, two chunks or eight, where searching costs
// less than moving every element three times; and its scratch memory would be twice as large.
const CHUNK = 2048u;

// Written by ranksParams in src/kernels/gpu/ranks.ts.
struct Params {
  operand: u32,
  base: u32,
  // Of the rows at hand: where the first one starts in the tile, and how long they are together and each.
  start: u32,
  elementCount: u32,
  rowLength: u32,
  // Places in `words`: of the keys of the rows at hand, sorted within each chunk, and of each element's rank in its chunk.
  sortedAt: u32,
  ranksAt: u32,
  // And of a threshold per rank.
  thresholdsAt: u32,
  // The first word of the mask to make.
  firstWord: u32,
  // Rows that share a chunk; 1 where rows are longer.
  chunkRows: u32,
  // Philox counter of the tile's first row, low and high word.
  counter: vec2u,
  key: vec2u,
}
@group(0) @binding(1) var<storage, read> params: Params;
// The tile's mask, a bit per element and cleared before the first dispatch, then the scratch memory.
@group(0) @binding(2) var<storage, read_write> words: array<u32>;
