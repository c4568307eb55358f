/**
 * Weight bytes made on the fly: a pure function of (dtype, variant, file, offset), fast because it is one buffer of
 * 16 MiB per dtype and variant, read round and round.
 *
 * `base` is pseudo-normal with deviation 0.02, as trained weights are; every other variant is the base plus its own
 * pseudo-normal delta of deviation 0.002, as a light fine-tune is. A file starts at its own place in the buffer, the
 * same one for every variant, so that deltas between variants keep their meaning. There are no NaN and no infinities.
 */

import type { MergeDtype } from '../../src/base/dtype.ts';

const PATTERN_BYTES = 16 * 1024 * 1024;
const BASE_DEVIATION = 0.02;
const DELTA_DEVIATION = 0.002;

/** FNV-1a over UTF-16 units: a 32-bit hash of a short name. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Sum of four 16-bit uniforms from a xorshift stream, centred and scaled to the deviation. */
function addNoise(values: Float32Array, seed: number, deviation: number): void {
  // The sum's variance is 4 * (2^16)^2 / 12.
  const scale = deviation / (65536 / Math.sqrt(3));
  let state = seed | 1;
  const draw = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state & 0xffff) + (state >>> 16);
  };
  for (let i = 0; i < values.length; i++) {
    values[i] = (values[i] ?? 0) + (draw() + draw() - 131070) * scale;
  }
}

/** Truncating conversion: any value will do, as long as it is always the same one. */
function narrow(values: Float32Array, dtype: 'F16' | 'BF16'): Uint16Array {
  const bits = new Uint32Array(values.buffer);
  const narrowed = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i] ?? 0;
    if (dtype === 'BF16') {
      narrowed[i] = word >>> 16;
    } else {
      const exponent = ((word >>> 23) & 0xff) - 112;
      const magnitude = exponent <= 0 ? 0 : (exponent << 10) | ((word >>> 13) & 0x3ff);
      narrowed[i] = ((word >>> 16) & 0x8000) | magnitude;
    }
  }
  return narrowed;
}

const patterns = new Map<string, Uint8Array>();

function patternOf(dtype: MergeDtype, variant: string): Uint8Array {
  const key = `${dtype} ${variant}`;
  const known = patterns.get(key);
  if (known !== undefined) return known;
  const values = new Float32Array(PATTERN_BYTES / (dtype === 'F32' ? 4 : 2));
  addNoise(values, hash32('base'), BASE_DEVIATION);
  if (variant !== 'base') addNoise(values, hash32(`delta ${variant}`), DELTA_DEVIATION);
  const made = new Uint8Array((dtype === 'F32' ? values : narrow(values, dtype)).buffer);
  patterns.set(key, made);
  return made;
}

/** Bytes `[start, end)` of a file's tensor data, as views of at most 4 MiB into the shared pattern. */
export async function* patternBytes(
  dtype: MergeDtype,
  variant: string,
  file: string,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  const pattern = patternOf(dtype, variant);
  const place = (hash32(file) % (PATTERN_BYTES / 4)) * 4;
  let at = start;
  while (at < end) {
    const from = (place + at) % PATTERN_BYTES;
    const count = Math.min(end - at, PATTERN_BYTES - from, 4 * 1024 * 1024);
    yield pattern.subarray(from, from + count);
    at += count;
  }
}
