/** How fast an engine is here, so that `auto` can choose: a software adapter is slower than plain typed arrays. */

import type { Kernels } from './types.ts';

const ELEMENTS = 256 * 1024;
const MEASURE_MS = 40;
const WARM_UP_MS = 20;

/**
 * Elements per second of a weighted mean of two BF16 operands, upload and read-back included, two tiles in flight as
 * in a run. Takes less than 0.1 s once the shader is compiled.
 */
export async function measureEngine(kernels: Kernels): Promise<number> {
  const halves = new Uint16Array(ELEMENTS);
  for (let i = 0; i < ELEMENTS; i++) halves[i] = 0x3c00 + (i & 0x3ff);
  const bytes = new Uint8Array(halves.buffer);
  // At least one tile each, so that compiling is over before the clock starts.
  await mergeFor(kernels, bytes, WARM_UP_MS);
  return mergeFor(kernels, bytes, MEASURE_MS);
}

/** Merges until `durationMs` are over; elements per second. */
async function mergeFor(kernels: Kernels, bytes: Uint8Array, durationMs: number): Promise<number> {
  const start = performance.now();
  let merged = 0;
  let elapsed = 0;
  do {
    await Promise.all([mergeTile(kernels, bytes), mergeTile(kernels, bytes)]);
    merged += 2 * ELEMENTS;
    elapsed = performance.now() - start;
  } while (elapsed < durationMs);
  return merged / (elapsed / 1000);
}

async function mergeTile(kernels: Kernels, bytes: Uint8Array): Promise<void> {
  const operand = { dtype: 'BF16', bytes } as const;
  const tile = await kernels.load({ firstIndex: 0, elementCount: ELEMENTS, operands: [operand, operand] });
  try {
    await kernels.combine(tile, { coefficients: [0.5, 0.5], base: null }, 'BF16');
  } finally {
    tile.release();
  }
}
