/** Checkpoints for tests of plans: the golden models, published skeletons, and small ones made up on the spot. */

import { readFileSync } from 'node:fs';
import { DTYPE_BITS, type Dtype } from '../base/dtype.ts';
import type { GraftError } from '../base/errors.ts';
import { folderFiles } from '../model/memory-files.test-helper.ts';
import { openCheckpoint } from '../model/open-checkpoint.ts';
import { inferStructure } from '../model/structure.ts';
import type { Checkpoint, TensorInfo } from '../model/types.ts';
import { modelsToOpen } from '../recipe/model-refs.ts';
import { parseRecipe } from '../recipe/parse-recipe.ts';
import type { Problem } from '../recipe/types.ts';
import { checkRecipe, type RecipeCheck } from './check.ts';

interface MadeTensor {
  readonly dtype?: Dtype;
  readonly shape: readonly number[];
  readonly file?: string;
}

/** A checkpoint with these tensors, one after another in their files. */
function makeCheckpoint(
  ref: string,
  tensors: Readonly<Record<string, MadeTensor>>,
  config: Readonly<Record<string, unknown>>,
): Checkpoint {
  const ends = new Map<string, number>();
  const infos = Object.entries(tensors).map(([name, made]): TensorInfo => {
    const { dtype = 'BF16', shape, file = 'model.safetensors' } = made;
    const start = ends.get(file) ?? 1000;
    const end = start + (shape.reduce((product, size) => product * size, 1) * DTYPE_BITS[dtype]) / 8;
    ends.set(file, end);
    return { name, dtype, shape, file, start, end };
  });
  const { structure, places, notes } = inferStructure(infos, config);
  return {
    ref,
    origin: { kind: 'local', name: ref },
    config,
    tensors: new Map(infos.map((info) => [info.name, info])),
    places,
    structure,
    weightFiles: [...ends].map(([path, sizeBytes]) => ({ path, sizeBytes, sha256: null })),
    sideFiles: [{ path: 'tokenizer.json', sizeBytes: 100 }],
    card: { license: null, baseModels: [] },
    notes,
  };
}

export interface TinyOptions {
  readonly layers?: number;
  readonly vocabulary?: number;
  readonly hidden?: number;
  readonly dtype?: Dtype;
  /** Added to, or (null) taken from, the tensors. */
  readonly tensors?: Readonly<Record<string, MadeTensor | null>>;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Where and what a problem is: `2:5 error unknown-key`. */
export function brief({ severity, code, span }: Problem): string {
  return `${span.line}:${span.column} ${severity} ${code}`;
}

/** A llama-like checkpoint with a norm, one attention and one MLP matrix per layer. */
export function tiny(ref: string, options: TinyOptions = {}): Checkpoint {
  const { layers = 4, vocabulary = 20, hidden = 8, dtype = 'BF16' } = options;
  const tensors: Record<string, MadeTensor> = {
    'model.embed_tokens.weight': { shape: [vocabulary, hidden], dtype },
  };
  for (let layer = 0; layer < layers; layer++) {
    tensors[`model.layers.${layer}.input_layernorm.weight`] = { shape: [hidden], dtype };
    tensors[`model.layers.${layer}.self_attn.q_proj.weight`] = { shape: [hidden, hidden], dtype };
    tensors[`model.layers.${layer}.mlp.up_proj.weight`] = { shape: [2 * hidden, hidden], dtype };
  }
  tensors['model.norm.weight'] = { shape: [hidden], dtype };
  tensors['lm_head.weight'] = { shape: [vocabulary, hidden], dtype };
  for (const [name, made] of Object.entries(options.tensors ?? {})) {
    if (made === null) delete tensors[name];
    else tensors[name] = made;
  }
  return makeCheckpoint(ref, tensors, {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    num_hidden_layers: layers,
    vocab_size: vocabulary,
    hidden_size: hidden,
    tie_word_embeddings: false,
    torch_dtype: 'bfloat16',
    ...options.config,
  });
}

/** A checkpoint with a decoder, a vision tower and a projector. */
export function towered(ref: string, { layers = 4, towerLayers = 3 } = {}): Checkpoint {
  const tensors: Record<string, MadeTensor> = {
    'vision_tower.patch_embed.weight': { shape: [8, 8] },
    'multi_modal_projector.linear.weight': { shape: [8, 8] },
    'language_model.model.embed_tokens.weight': { shape: [20, 8] },
    'language_model.model.norm.weight': { shape: [8] },
    'language_model.lm_head.weight': { shape: [20, 8] },
    'vision_tower.post_layernorm.weight': { shape: [8] },
  };
  const kinds = ['self_attn.q_proj', 'self_attn.o_proj', 'mlp.fc1', 'mlp.fc2'];
  const stacks = [
    ['vision_tower.encoder.layers.', towerLayers],
    ['language_model.model.layers.', layers],
  ] as const;
  for (const [prefix, count] of stacks) {
    for (let layer = 0; layer < count; layer++) {
      for (const kind of kinds) tensors[`${prefix}${layer}.${kind}.weight`] = { shape: [8, 8] };
    }
  }
  return makeCheckpoint(ref, tensors, {
    architectures: ['LlavaForConditionalGeneration'],
    model_type: 'llava',
    text_config: { num_hidden_layers: layers, vocab_size: 20, hidden_size: 8 },
    vision_config: { num_hidden_layers: towerLayers, hidden_size: 8 },
  });
}

const SKELETONS = new URL('../../e2e/data/skeletons/', import.meta.url);

/** A published checkpoint's headers, under any reference. */
export function skeleton(name: string, ref: string): Checkpoint {
  const { config, dtype, files, shapes } = JSON.parse(
    readFileSync(new URL(`${name}.json`, SKELETONS), 'utf8'),
  ) as {
    config: Record<string, unknown>;
    dtype: Dtype;
    files: Record<string, string[]>;
    shapes: Record<string, number[]>;
  };
  const tensors: Record<string, MadeTensor> = {};
  for (const [file, names] of Object.entries(files)) {
    for (const tensor of names) tensors[tensor] = { dtype, shape: shapes[tensor] ?? [], file };
  }
  return makeCheckpoint(ref, tensors, config);
}

/** A golden model, by the reference its recipes use. */
function golden(ref: string): Promise<Checkpoint> {
  return openCheckpoint(folderFiles(`e2e/data/golden/models/${ref}`), ref);
}

/** Checks a recipe against models given by reference. */
export function check(
  text: string,
  models: readonly (Checkpoint | readonly [string, GraftError])[],
): RecipeCheck {
  const entries = models.map((model): [string, Checkpoint | GraftError] =>
    'ref' in model ? [model.ref, model] : [model[0], model[1]],
  );
  return checkRecipe(parseRecipe(text), new Map(entries));
}

/** Checks a recipe against the golden models it names. */
export async function checkGolden(text: string): Promise<RecipeCheck> {
  const parsed = parseRecipe(text);
  const models = await Promise.all(modelsToOpen(parsed).map((ref) => golden(ref.text)));
  return checkRecipe(parsed, new Map(models.map((model) => [model.ref, model])));
}

/** Recipes over the models `a`, `b` and `c`. */
export const LINEAR = `merge_method: linear
models:
  - model: a
    parameters: { weight: 1 }
  - model: b
    parameters: { weight: 1 }
`;
export const TIES = `merge_method: ties
base_model: a
models:
  - model: b
    parameters: { weight: 1, density: 0.5 }
  - model: c
    parameters: { weight: 1, density: 0.5 }
`;
