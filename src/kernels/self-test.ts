/** A start-up check of an engine against the CPU engine, bit for bit, on the values that broken arithmetic breaks. */

import type { MergeDtype, OutputDtype } from '../base/dtype.ts';
import { GraftError } from '../base/errors.ts';
import { createCpuKernels } from './cpu/cpu-kernels.ts';
import { keepThreshold } from './shared/philox.ts';
import type { CombineSpec, ConsensusSpec, Kernels, Operand, Tile, TileInput } from './types.ts';

/**
 * What is tried: `basics` is decoding and encoding all 65,536 halves, subnormals and infinities, sums that cancel, masks and
 * reductions; `rows` is ranking within rows, and powers and logarithms, which few methods need and which take long to compile.
 */
export type SelfTestPart = 'basics' | 'rows';

/**
 * Resolves when `kernels` gives the same bits as the CPU engine; rejects with `GpuUnavailable`, naming the first check
 * that fails, when it must not be used. Some tens of milliseconds beside compiling the shaders.
 */
export async function selfTest(kernels: Kernels, part: SelfTestPart): Promise<void> {
  const reference = createCpuKernels();
  const checks = part === 'basics' ? basics() : rows();
  // Side by side, so that shaders are compiled side by side.
  const verdicts = await Promise.all(
    checks.map(async ([name, input, ask]) => {
      const [actual, expected] = await Promise.all([
        onTile(kernels, input, ask),
        onTile(reference, input, ask),
      ]);
      return { name, exact: sameBytes(actual, expected) };
    }),
  );
  const failed = verdicts.find(({ exact }) => !exact);
  if (failed !== undefined) throw wrong(kernels.device, failed.name);
}

async function onTile(kernels: Kernels, input: TileInput, ask: Ask): Promise<ArrayBufferView> {
  const tile = await kernels.load(input);
  try {
    return await ask(kernels, tile);
  } finally {
    tile.release();
  }
}

type Ask = (kernels: Kernels, tile: Tile) => Promise<ArrayBufferView>;

type Check = readonly [string, TileInput, Ask];

function basics(): Check[] {
  const halves = new Uint8Array(Uint16Array.from({ length: 65536 }, (_, index) => index).buffer);
  const conversion = (from: MergeDtype, to: OutputDtype) =>
    [
      `converting all ${from} to ${to}`,
      tileOf([{ dtype: from, bytes: halves }], 65536),
      (kernels: Kernels, tile: Tile) => kernels.combine(tile, COPY, to),
    ] as const;
  const floats = tileOf([awkwardFloats(1), awkwardFloats(7), awkwardFloats(31)], AWKWARD_COUNT);
  return [
    conversion('F16', 'F32'),
    conversion('F16', 'F16'),
    conversion('BF16', 'BF16'),
    conversion('F16', 'F8_E4M3'),
    conversion('F16', 'F8_E5M2'),
    [
      'weighted summing',
      floats,
      (k, tile) => k.combine(tile, { coefficients: [0.3, -0.3, 1e-9], base: null }, 'F32'),
    ],
    ['masking and voting', floats, (k, tile) => k.consensus(tile, awkwardConsensus, 'F32')],
    [
      'summing products',
      tileOf([{ dtype: 'BF16', bytes: halves.subarray(0, 0x3000 * 2) }], 0x3000),
      (k, tile) => k.gram(tile, null),
    ],
    [
      'counting magnitudes',
      floats,
      async (k, tile) => {
        const score = { kind: 'variance', base: 0 } as const;
        const [counts = new Uint32Array()] = await k.histograms(tile, [{ score, pass: 0, prefix: 0 }]);
        return counts;
      },
    ],
  ];
}

function rows(): Check[] {
  const floats = tileOf([awkwardFloats(1), awkwardFloats(7)], AWKWARD_COUNT);
  const weights = tileOf([nearOne(3), nearOne(5)], 2 * ROW_LENGTH);
  return [
    ['ranking within rows', floats, (k, tile) => k.consensus(tile, rankedConsensus, 'F32')],
    ['measuring the divergence of rows', weights, (k, tile) => k.rowDivergence(tile, 1, 0, ROW_LENGTH)],
  ];
}

const COPY: CombineSpec = { coefficients: [1], base: null };

const AWKWARD_COUNT = 4096 + 3;

/** float32 bit patterns all over the range, neighbours, subnormals, infinities and NaN among them. */
function awkwardFloats(step: number): Operand {
  const bits = Uint32Array.from({ length: AWKWARD_COUNT }, (_, index) =>
    index % 3 === 0 ? 0x3f800000 + (index % 7) : Math.imul(index * step, 0x9e3779b1),
  );
  return { dtype: 'F32', bytes: new Uint8Array(bits.buffer) };
}

const ROW_LENGTH = 300;

/** Two rows of elements from -2 to 2. */
function nearOne(step: number): Operand {
  const values = Float32Array.from(
    { length: 2 * ROW_LENGTH },
    (_, index) => ((index * step * 7919) % 4001) / 1000 - 2,
  );
  return { dtype: 'F32', bytes: new Uint8Array(values.buffer) };
}

/** One row, which takes three chunks to sort; half of its elements stay. */
const rankedConsensus: ConsensusSpec = {
  base: 0,
  rules: [
    {
      operand: 1,
      keep: {
        kind: 'ranked',
        key: [3, 4],
        thresholds: Uint32Array.from({ length: AWKWARD_COUNT }, (_, rank) => rank * 1_000_000),
      },
      scale: 1,
      weight: 1,
    },
  ],
  signVote: false,
  normalize: false,
  lambda: 1,
};

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
