/**
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), and the keys and thresholds
 * of random masks. A mask depends on (seed, model, tensor, flat index) alone, so tiles, order, engine and resuming do
 * not change it.
 */

/** High 32 bits of the unsigned product of `high * 2^16 + low` and `b`, from 16-bit limbs. */
function multiplyHigh(high: number, low: number, b: number): number {
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const mid1 = (Math.imul(low, bh) + (Math.imul(low, bl) >>> 16)) | 0;
  const mid2 = (Math.imul(high, bl) + (mid1 & 0xffff)) | 0;
  return (Math.imul(high, bh) + (mid1 >>> 16) + (mid2 >>> 16)) | 0;
}

/**
 * Four random words for a 128-bit counter and a 64-bit key, least significant words first: what the engines' own
 * generators are tested against. `philox4x32([0, 0, 0, 0], [0, 0])` is `6627e8d5 e169c58d bc57ac4c 9b00dbd8`.
 */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): Uint32Array {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd251, 0x1f53, c0);
    const low0 = Math.imul(0xd2511f53, c0);
    const high1 = multiplyHigh(0xcd9e, 0x8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  return Uint32Array.of(c0, c1, c2, c3);
}

/** The integer threshold that keeps a share `density` of all words: 0 keeps none, 2^32 (density >= 1) keeps all. */
export function keepThreshold(density: number): number {
  return Math.round(Math.min(1, Math.max(0, density)) * 2 ** 32);
}

const MASK_64 = (1n << 64n) - 1n;

/**
 * The Philox key of one model's mask over one output tensor: FNV-1a over the UTF-8 of `seed NUL model NUL tensor`
 * (64 bits; its low bits alone mix poorly), then the finaliser of MurmurHash3 (fmix64). Low word first.
 */
export function maskKey(seed: number, model: string, tensor: string): [number, number] {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(`${seed}\0${model}\0${tensor}`)) {
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & MASK_64;
  }
  hash = ((hash ^ (hash >> 33n)) * 0xff51afd7ed558ccdn) & MASK_64;
  hash = ((hash ^ (hash >> 33n)) * 0xc4ceb9fe1a85ec53n) & MASK_64;
  hash ^= hash >> 33n;
  return [Number(hash & 0xffffffffn), Number(hash >> 32n)];
}
