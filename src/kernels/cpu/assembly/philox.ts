/** Philox4x32-10; its words and their place are defined in src/kernels/shared/philox.ts. */

import { BLOCK } from './layout';

/**
 * Writes the random words of a block of elements, which starts at flat index `first`, to `words`: eight counters at a
 * time, a word of four of them per vector, in two groups, because a round must wait for the one before it. A block's
 * 1024 counters never cross a multiple of 2^32, because it starts at a multiple of 4096 elements.
 */
export function drawBlock(words: usize, first: f64, firstKey0: i32, firstKey1: i32): void {
  const firstCounter = <i64>first / 4;
  const counterHigh = i32x4.splat(<i32>(firstCounter >> 32));
  const multiplier0 = i32x4.splat(0xd2511f53);
  const multiplier1 = i32x4.splat(0xcd9e8d57);
  let counter = i32x4.add(i32x4.splat(<i32>firstCounter), i32x4(0, 1, 2, 3));
  for (let i = 0; i < BLOCK * 4; i += 128) {
    let a0 = counter;
    let a1 = counterHigh;
    let a2 = i32x4.splat(0);
    let a3 = a2;
    let b0 = i32x4.add(counter, i32x4.splat(4));
    let b1 = counterHigh;
    let b2 = a2;
    let b3 = a2;
    let key0 = firstKey0;
    let key1 = firstKey1;
    for (let round = 0; round < 10; round++) {
      const keys0 = i32x4.splat(key0);
      const keys1 = i32x4.splat(key1);
      let low = i64x2.extmul_low_i32x4_u(a0, multiplier0);
      let high = i64x2.extmul_high_i32x4_u(a0, multiplier0);
      a0 = a2;
      a2 = v128.xor(v128.xor(oddWords(low, high), a3), keys1);
      a3 = evenWords(low, high);
      low = i64x2.extmul_low_i32x4_u(a0, multiplier1);
      high = i64x2.extmul_high_i32x4_u(a0, multiplier1);
      a0 = v128.xor(v128.xor(oddWords(low, high), a1), keys0);
      a1 = evenWords(low, high);
      low = i64x2.extmul_low_i32x4_u(b0, multiplier0);
      high = i64x2.extmul_high_i32x4_u(b0, multiplier0);
      b0 = b2;
      b2 = v128.xor(v128.xor(oddWords(low, high), b3), keys1);
      b3 = evenWords(low, high);
      low = i64x2.extmul_low_i32x4_u(b0, multiplier1);
      high = i64x2.extmul_high_i32x4_u(b0, multiplier1);
      b0 = v128.xor(v128.xor(oddWords(low, high), b1), keys0);
      b1 = evenWords(low, high);
      key0 += 0x9e3779b9;
      key1 += 0xbb67ae85;
    }
    storeTransposed(words + i, a0, a1, a2, a3);
    storeTransposed(words + i + 64, b0, b1, b2, b3);
    counter = i32x4.add(counter, i32x4.splat(8));
  }
}

@inline
function evenWords(low: v128, high: v128): v128 {
  return i32x4.shuffle(low, high, 0, 2, 4, 6);
}

@inline
function oddWords(low: v128, high: v128): v128 {
  return i32x4.shuffle(low, high, 1, 3, 5, 7);
}

/** Word w of counter c belongs to element 4c + w: the vectors' transpose. */
@inline
function storeTransposed(to: usize, word0: v128, word1: v128, word2: v128, word3: v128): void {
  const low01 = i32x4.shuffle(word0, word1, 0, 4, 1, 5);
  const low23 = i32x4.shuffle(word2, word3, 0, 4, 1, 5);
  const high01 = i32x4.shuffle(word0, word1, 2, 6, 3, 7);
  const high23 = i32x4.shuffle(word2, word3, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(low01, low23, 0, 2));
  v128.store(to, i64x2.shuffle(low01, low23, 1, 3), 16);
  v128.store(to, i64x2.shuffle(high01, high23, 0, 2), 32);
  v128.store(to, i64x2.shuffle(high01, high23, 1, 3), 48);
}
