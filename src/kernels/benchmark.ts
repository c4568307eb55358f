/** How fast an engine is here, so that `auto` can choose: a software adapter is slower than the CPU engine. */

import type { Kernels } from './types.ts';

const LEAST_ELEMENTS = 16 * 1024;
const MOST_ELEMENTS = 1024 * 1024;
/** Long enough to tell from the clock's grain and from the latency of a call. */
const ENOUGH_MS = 15;

/**
 * Elements per second of a weighted mean of two BF16 operands, upload and read-back included, two tiles in flight as
 * in a run. Tiles grow until they take long enough, so that a slow engine is soon done: tens of milliseconds, beside
 * compiling the shader.
 */
export async function measureEngine(kernels: Kernels): Promise<number> {
  await mergeTwo(kernels, LEAST_ELEMENTS);
  for (let elementCount = LEAST_ELEMENTS; ; elementCount *= 4) {
    const elapsedMs = await mergeTwo(kernels, elementCount);
    if (elapsedMs >= ENOUGH_MS || elementCount >= MOST_ELEMENTS)
      return (2 * elementCount) / (elapsedMs / 1000);
  }
}

/** Milliseconds for two tiles side by side. */
async function mergeTwo(kernels: Kernels, elementCount: number): Promise<number> {
  const halves = Uint16Array.from({ length: elementCount }, (_, index) => 0x3c00 + (index & 0x3ff));
  const bytes = new Uint8Array(halves.buffer);
  const start = performance.now();
  await Promise.all([mergeTile(kernels, bytes, elementCount), mergeTile(kernels, bytes, elementCount)]);
  // A clock may stand still for a millisecond (Firefox).
  return Math.max(performance.now() - start, 0.1);
}

async function mergeTile(kernels: Kernels, bytes: Uint8Array, elementCount: number): Promise<void> {
  const operand = { dtype: 'BF16', bytes } as const;
  const tile = await kernels.load({ firstIndex: 0, elementCount, operands: [operand, operand] });
  try {
    await kernels.combine(tile, { coefficients: [0.5, 0.5], base: null }, 'BF16');
  } finally {
    tile.release();
  }
}
