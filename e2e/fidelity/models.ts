/**
 * Small models with the statistics of real weights and with their worst cases: a base and three fine-tunes of it, the same
 * to the bit on every machine (sums, products and square roots alone; no logarithms).
 */

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { MergeDtype } from '../../src/base/dtype.ts';
import { decodeBits, encodeBits } from '../../src/kernels/reference.ts';
import { operandOfBits, seededRandom } from '../../src/kernels/test-tensors.ts';
import { type MadeTensor, writeWeights } from '../fixtures/weight-file.ts';

export const MODELS = ['made/base', 'made/one', 'made/two', 'made/three'] as const;
export type ModelName = (typeof MODELS)[number];

/** One tensor of all models, exactly as stored. */
export interface ModelTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtypes: Readonly<Record<ModelName, MergeDtype>>;
  readonly values: Readonly<Record<ModelName, readonly number[]>>;
}

export interface ModelSize {
  /** A multiple of 4. */
  readonly hidden: number;
  readonly inner: number;
  readonly vocabulary: number;
}

/** The embedding and the head are longer than a block of statistics (4096 elements), and end within one. */
export const USUAL_SIZE: ModelSize = { hidden: 40, inner: 48, vocabulary: 104 };

/** What the weights of one tensor are like: `element` gives all four models' values at one place. */
interface Statistics {
  readonly dtypes?: Partial<Record<ModelName, MergeDtype>>;
  element(draw: Draw, index: number): readonly [number, number, number, number];
}

/** Draws from distributions. */
interface Draw {
  uniform(): number;
  /** Mean 0, variance 1 (Irwin-Hall of 12). */
  gauss(): number;
}

function drawFrom(seed: number): Draw {
  const uniform = seededRandom(seed);
  const gauss = (): number => {
    let sum = -6;
    for (let at = 0; at < 12; at++) sum += uniform();
    return sum;
  };
  return { uniform, gauss };
}

/** Around `mean`, with fine-tunes that moved by `step`. */
function gaussian(scale: number, step: number, mean = 0): Statistics['element'] {
  return ({ gauss }) => {
    const base = mean + scale * gauss();
    return [base, base + step * gauss(), base + step * gauss(), base + step * gauss()];
  };
}

/** Most weights small, some tens of times as large, and so are the changes. */
function heavyTailed(scale: number): Statistics['element'] {
  return ({ uniform, gauss }) => {
    const tailed = (): number => gauss() / Math.sqrt(uniform() + 1e-6);
    const base = scale * tailed();
    const moved = (): number => base + 0.05 * scale * tailed();
    return [base, moved(), moved(), moved()];
  };
}

/** A task vector that few elements take part in, and those by a step or two of bfloat16 (reinforcement learning). */
const sparse: Statistics['element'] = ({ uniform, gauss }) => {
  const base = 0.03 * gauss();
  const moved = (): number => (uniform() < 0.1 ? base * (1 + Math.round(2 * gauss()) / 128) : base);
  return [base, moved(), moved(), moved()];
};

const same = ({ gauss }: Draw): readonly [number, number, number, number] => {
  const value = 0.02 * gauss();
  return [value, value, value, value];
};

const usual = gaussian(0.02, 0.001);

/** `element`, with `value` in one model at every place whose index is `at` modulo `every`. */
function planted(
  element: Statistics['element'],
  { model, value, at, every = 100_000 }: { model: 0 | 1 | 2 | 3; value: number; at: number; every?: number },
): Statistics['element'] {
  return (draw, index) => {
    const values: [number, number, number, number] = [...element(draw, index)];
    if (index % every === at) values[model] = value;
    return values;
  };
}

const ALL_F32 = { 'made/base': 'F32', 'made/one': 'F32', 'made/two': 'F32', 'made/three': 'F32' } as const;
const ALL_F16 = { 'made/base': 'F16', 'made/one': 'F16', 'made/two': 'F16', 'made/three': 'F16' } as const;

/** Norms, a square matrix, a tall one and a wide one, in this order. */
type LayerStatistics = readonly [Statistics, Statistics, Statistics, Statistics];

const norm = (dtypes: Statistics['dtypes'] = {}): Statistics => ({
  dtypes,
  element: gaussian(0.1, 0.005, 1),
});

const LAYERS: readonly LayerStatistics[] = [
  [norm(), { element: gaussian(0.08, 0.004) }, { element: usual }, { element: gaussian(0.005, 0.0004) }],
  // Models that were stored in other types than their base.
  [
    norm({ 'made/two': 'F32' }),
    { dtypes: ALL_F32, element: gaussian(0.05, 0.002) },
    { dtypes: { 'made/one': 'F32', 'made/two': 'F16' }, element: usual },
    { dtypes: ALL_F16, element: usual },
  ],
  [
    norm(),
    { element: heavyTailed(0.02) },
    { dtypes: ALL_F16, element: heavyTailed(0.05) },
    { dtypes: ALL_F32, element: heavyTailed(0.3) },
  ],
  [
    norm(),
    { element: sparse },
    { dtypes: ALL_F32, element: gaussian(0.02, 1e-7) },
    { element: gaussian(0.02, 1e-4) },
  ],
  // Zero and equal tensors.
  [
    { element: () => [1, 1, 1, 1] },
    { element: () => [0, 0, 0, 0] },
    { element: (draw) => [0, 0.02 * draw.gauss(), 0.02 * draw.gauss(), 0] },
    { element: same },
  ],
  [
    norm(),
    {
      element: (draw) => {
        const [base, , two, three] = usual(draw, 0);
        return [base, base, two, three];
      },
    },
    {
      element: (draw) => {
        const [base, one, , three] = usual(draw, 0);
        return [base, one, one, three];
      },
    },
    { element: (draw) => [0.02 * draw.gauss(), 0, 0.02 * draw.gauss(), 0.02 * draw.gauss()] },
  ],
  // Subnormals of float32, float16 and bfloat16.
  [
    { dtypes: ALL_F32, element: gaussian(1e-39, 1e-40) },
    { dtypes: ALL_F32, element: gaussian(1e-39, 3e-40) },
    { dtypes: ALL_F16, element: gaussian(2e-5, 4e-6) },
    { element: gaussian(5e-39, 1e-39) },
  ],
  // A NaN or an infinity in one model.
  [
    { element: planted(gaussian(0.1, 0.005, 1), { model: 2, value: Number.NaN, at: 5 }) },
    { element: planted(usual, { model: 2, value: Number.NaN, at: 700 }) },
    { element: planted(usual, { model: 1, value: Number.POSITIVE_INFINITY, at: 900 }) },
    {
      dtypes: ALL_F32,
      element: planted(usual, { model: 3, value: Number.NEGATIVE_INFINITY, at: 11, every: 1000 }),
    },
  ],
];

const EMBEDDING: Statistics = { element: gaussian(0.6, 0.02) };
/** With values beyond the largest of float8_e4m3fn. */
const HEAD: Statistics = {
  element: planted(gaussian(0.03, 0.001), { model: 1, value: 600, at: 33, every: 500 }),
};

function madeTensors({ hidden, inner, vocabulary }: ModelSize): ModelTensor[] {
  const layers = LAYERS.flatMap(([norms, square, tall, wide], layer) => {
    const prefix = `model.layers.${layer}`;
    const seed = 10 * (layer + 1);
    return [
      made(`${prefix}.input_layernorm.weight`, [hidden], norms, seed),
      made(`${prefix}.self_attn.q_proj.weight`, [hidden, hidden], square, seed + 1),
      made(`${prefix}.mlp.up_proj.weight`, [inner, hidden], tall, seed + 2),
      made(`${prefix}.mlp.down_proj.weight`, [hidden, inner], wide, seed + 3),
    ];
  });
  return [
    made('model.embed_tokens.weight', [vocabulary, hidden], EMBEDDING, 1),
    ...layers,
    made('model.norm.weight', [hidden], norm(), 2),
    made('lm_head.weight', [vocabulary, hidden], HEAD, 3),
  ];
}

function made(
  name: string,
  shape: readonly number[],
  { dtypes, element }: Statistics,
  seed: number,
): ModelTensor {
  const draw = drawFrom(seed);
  const count = shape.reduce((product, size) => product * size, 1);
  const places = Array.from({ length: count }, (_, index) => element(draw, index));
  const stored = {
    'made/base': 'BF16',
    'made/one': 'BF16',
    'made/two': 'BF16',
    'made/three': 'BF16',
    ...dtypes,
  } as const;
  const valuesOf = (model: 0 | 1 | 2 | 3): number[] => {
    const dtype = stored[MODELS[model]];
    return places.map((values) => decodeBits(encodeBits(values[model], dtype), dtype));
  };
  return {
    name,
    shape,
    dtypes: stored,
    values: {
      'made/base': valuesOf(0),
      'made/one': valuesOf(1),
      'made/two': valuesOf(2),
      'made/three': valuesOf(3),
    },
  };
}

function configOf({ hidden, inner, vocabulary }: ModelSize): object {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: hidden,
    intermediate_size: inner,
    num_hidden_layers: LAYERS.length,
    num_attention_heads: 4,
    num_key_value_heads: 4,
    vocab_size: vocabulary,
    tie_word_embeddings: false,
    torch_dtype: 'bfloat16',
  };
}

/** Writes the models as folders `dir`/made/<name>, and returns their tensors in the order of the files. */
export async function writeModels(dir: string, size: ModelSize): Promise<ModelTensor[]> {
  const tensors = madeTensors(size);
  for (const model of MODELS) {
    const folder = path.join(dir, model);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'config.json'), JSON.stringify(configOf(size)));
    await writeWeights(
      path.join(folder, 'model.safetensors'),
      tensors.map(({ name, shape, dtypes, values }): MadeTensor => {
        const dtype = dtypes[model];
        const bits = values[model].map((value) => encodeBits(value, dtype));
        return { name, shape, dtype, bytes: operandOfBits(dtype, bits).bytes };
      }),
    );
  }
  return tensors;
}
