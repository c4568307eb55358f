/** A start-up check of an engine against the CPU engine, bit for bit, on the values that broken arithmetic breaks. */

import { MERGE_DTYPES } from '../base/dtype.ts';
import { GraftError } from '../base/errors.ts';
import { createCpuKernels } from './cpu/cpu-kernels.ts';
import { keepThreshold } from './shared/philox.ts';
import type { ConsensusSpec, Kernels, Operand, TileInput } from './types.ts';

/**
 * Resolves when `kernels` decodes and encodes all 65,536 halves, keeps subnormals and infinities, rounds cancelling
 * sums once, divides, draws masks and reduces exactly as the CPU engine does; rejects with `GpuUnavailable`, naming the
 * first check that fails, when it must not be used. Some tens of milliseconds beside compiling the shaders.
 */
export async function selfTest(kernels: Kernels): Promise<void> {
  const reference = createCpuKernels();
  for (const [name, input, ask] of checks()) {
    const tile = await kernels.load(input);
    const referenceTile = await reference.load(input);
    try {
      const [actual, expected] = await Promise.all([ask(kernels, tile), ask(reference, referenceTile)]);
      if (!sameBytes(actual, expected)) throw wrong(kernels.device, name);
    } finally {
      tile.release();
      referenceTile.release();
    }
  }
}

type Ask = (kernels: Kernels, tile: Awaited<ReturnType<Kernels['load']>>) => Promise<ArrayBufferView>;

function checks(): (readonly [string, TileInput, Ask])[] {
  const halves = Uint16Array.from({ length: 65536 }, (_, index) => index);
  const bytes = new Uint8Array(halves.buffer);
  const conversions = (['F16', 'BF16'] as const).flatMap((dtype) =>
    MERGE_DTYPES.map(
      (out) =>
        [
          `converting all ${dtype} to ${out}`,
          tileOf([{ dtype, bytes }], 65536),
          (kernels: Kernels, tile: Parameters<Ask>[1]) =>
            kernels.combine(tile, { coefficients: [1], base: null }, out),
        ] as const,
    ),
  );
  const floats = tileOf([awkwardFloats(1), awkwardFloats(7), awkwardFloats(31)], AWKWARD_COUNT);
  return [
    ...conversions,
    [
      'weighted sums',
      floats,
      (k, tile) => k.combine(tile, { coefficients: [0.3, -0.3, 1e-9], base: null }, 'F32'),
    ],
    ['masking and voting', floats, (k, tile) => k.consensus(tile, awkwardConsensus, 'F32')],
    [
      'dot products',
      tileOf([{ dtype: 'BF16', bytes: bytes.subarray(0, 0x7f00 * 2) }], 0x7f00),
      (k, tile) => k.gram(tile, null),
    ],
    [
      'counting magnitudes',
      floats,
      (k, tile) => k.histogram(tile, { operand: 1, base: 0, pass: 0, prefix: 0 }),
    ],
  ];
}

const AWKWARD_COUNT = 4096 + 3;

/** float32 bit patterns all over the range, neighbours, subnormals, infinities and NaN among them. */
function awkwardFloats(step: number): Operand {
  const bits = Uint32Array.from({ length: AWKWARD_COUNT }, (_, index) =>
    index % 3 === 0 ? 0x3f800000 + (index % 7) : Math.imul(index * step, 0x9e3779b1),
  );
  return { dtype: 'F32', bytes: new Uint8Array(bits.buffer) };
}

const awkwardConsensus: ConsensusSpec = {
  base: 0,
  rules: [
    {
      operand: 1,
      keep: { kind: 'random', key: [1, 2], threshold: keepThreshold(0.6) },
      scale: 1.7,
      weight: 0.4,
    },
    {
      operand: 2,
      keep: { kind: 'largest', cut: { magnitude: 0x3f000000, ties: 99 } },
      scale: 1,
      weight: 0.3,
    },
  ],
  signVote: true,
  normalize: true,
  lambda: 0.9,
};

function tileOf(operands: readonly Operand[], elementCount: number): TileInput {
  return { firstIndex: 0, elementCount, operands };
}

function sameBytes(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const left = new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
  const right = new Uint8Array(b.buffer, b.byteOffset, b.byteLength);
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function wrong(device: string, check: string): GraftError {
  return new GraftError('GpuUnavailable', `${device} fails the start-up check: ${check} is not exact.`, {
    where: device,
    fix: 'The CPU engine gives the same result; choose it, or update the graphics driver.',
  });
}
