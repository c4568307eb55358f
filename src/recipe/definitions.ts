/**
 * The recipe's keys, defined once: their shape, their help text, and the words of what they expect. The reader takes
 * its key tables and leaf checks from here, schema.ts the editor's JSON Schema, and TypeScript the types.
 */

import * as z from 'zod';
import { RECIPE_DTYPES } from '../base/dtype.ts';
import { LIMITS } from '../base/limits.ts';
import { toFiniteNumber, toInteger } from './scalars.ts';
import { parseShardSize } from './shard-size.ts';

// zod compiles validators with `new Function` unless told not to; the page's content security policy forbids that.
z.config({ jitless: true });

/** What the editor says about a key. */
export interface KeyHelp {
  /** Markdown, a sentence or three. */
  readonly meaning: string;
  readonly default?: string;
  /** YAML. */
  readonly example: string;
}

/** Help texts by schema. */
export const KEY_HELP = z.registry<KeyHelp>();

function key<T extends z.ZodType>(schema: T, help: KeyHelp): T {
  KEY_HELP.add(schema, help);
  return schema;
}

/** Scalars read by `read`; where that gives null, the message is `words`. Quotes do not matter, as in mergekit. */
function scalar(read: (value: number | string | boolean) => number | null, words: string) {
  return z.union([z.number(), z.boolean(), z.string()], { error: words }).transform((value, context) => {
    const number = read(value);
    if (number === null) context.addIssue({ code: 'custom', message: words });
    return number ?? z.NEVER;
  });
}

export const PARAMETER_NUMBER = scalar(toFiniteNumber, 'must be a finite number');

const GRADIENT = z.array(PARAMETER_NUMBER).min(1);

/** Kinds of tensors a condition can name. */
export const FILTER_KIND = z.enum(['attention', 'mlp', 'norm', 'embedding', 'head']);
export type FilterKind = z.infer<typeof FILTER_KIND>;

/** Layers, from 0, the last one included. */
export type LayerSpan = readonly [first: number, last: number];

const LAYERS_WORDS =
  'must be layers such as `7`, `4-12` or `0, 4-12`, counted from 0, the last one of a range included';

/** More than any model has layers; every tensor is compared with each part. */
const MAX_LAYER_PARTS = 1000;

/** The layers of a condition; null when they are not written as such. Quotes do not matter. */
function toLayerSpans(value: number | string | boolean): LayerSpan[] | null {
  if (typeof value === 'boolean') return null;
  const parts = String(value).split(',', MAX_LAYER_PARTS + 1);
  if (parts.length > MAX_LAYER_PARTS) return null;
  const spans: LayerSpan[] = [];
  for (const part of parts) {
    const match = /^\s*(0|[1-9]\d{0,5})(?:\s*-\s*(0|[1-9]\d{0,5}))?\s*$/.exec(part);
    if (match === null) return null;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first) return null;
    spans.push([first, last]);
  }
  return spans;
}

const LAYER_PART = z.union([z.number(), z.boolean(), z.string()], { error: LAYERS_WORDS });

export const LAYERS = z
  .union([LAYER_PART, z.array(LAYER_PART).min(1).max(MAX_LAYER_PARTS)], { error: LAYERS_WORDS })
  .transform((value, context): LayerSpan[] => {
    const parts = (Array.isArray(value) ? value : [value]).map(toLayerSpans);
    const spans = parts.flatMap((part) => part ?? []);
    if (parts.includes(null)) context.addIssue({ code: 'custom', message: LAYERS_WORDS });
    return spans;
  });

const CONDITION = z.strictObject({
  filter: key(z.string().optional(), {
    meaning:
      "A part of the tensor's name, case and all: `self_attn`, `mlp`, `down_proj`. `*` alone, or no filter, matches every tensor. With a `*` in it the filter is compared with the whole name, and each `*` stands for any characters: `*.mlp.*_proj.weight` (Graft's own; *Export for mergekit* writes it out). The first entry that matches counts.",
    default: 'every tensor',
    example: 'filter: self_attn',
  }),
  layers: key(LAYERS.optional(), {
    meaning:
      "The layers the entry is for: `7`, `4-12` or `0, 4-12`, counted from 0 as in the tensor's name, the last one included. Tensors outside the layers do not match. Graft's own; *Export for mergekit* writes it out.",
    default: 'every layer, and what lies outside the layers',
    example: 'layers: 4-12',
  }),
  kind: key(FILTER_KIND.optional(), {
    meaning:
      "The kind of tensors the entry is for: `attention`, `mlp` (experts and routers too), `norm`, `embedding` or `head`. Graft's own; *Export for mergekit* writes it out.",
    default: 'every kind',
    example: 'kind: attention',
  }),
  value: key(z.union([PARAMETER_NUMBER, GRADIENT]), {
    meaning: 'A number, or a list of numbers spread evenly over the layers and interpolated between.',
    example: 'value: [0, 0.5, 1]',
  }),
});

export const PARAMETER_VALUE = z.union([PARAMETER_NUMBER, GRADIENT, CONDITION, z.array(CONDITION).min(1)]);

const PARAMETERS = z.record(z.string(), PARAMETER_VALUE).optional();

const LAYER_RANGE_WORDS = 'must be two whole numbers, `[first, end]`';
const layerIndex = scalar(toInteger, LAYER_RANGE_WORDS);

export const LAYER_RANGE = z
  .tuple([layerIndex, layerIndex], { error: LAYER_RANGE_WORDS })
  .refine(([start]) => start >= 0, {
    error: 'counts layers from 0, so neither number can be negative',
    abort: true,
  })
  .refine(([start, end]) => end >= start, {
    error: 'must not end before its start: `[0, 8]` means layers 0 to 7',
  });

/** dtype names with an optional `torch.` prefix. */
export const DTYPE = z.enum(Object.keys(RECIPE_DTYPES) as (keyof typeof RECIPE_DTYPES)[]);

const MAX_SEED = 2 ** 32 - 1;
export const SEED = scalar((value) => {
  const seed = toInteger(value);
  return seed !== null && seed >= 0 && seed <= MAX_SEED ? seed : null;
}, `must be a whole number from 0 to ${MAX_SEED}`);

export const SHARD_SIZE = scalar(
  (value) => (typeof value === 'boolean' ? null : parseShardSize(value)),
  'must be a size from 1 kB to 100 TB: bytes, or a number with a unit such as `500MB` or `5GB`',
);

const PATH_FORM = z.strictObject({
  path: key(z.string(), {
    meaning: "The model's name: `owner/name` on the Hub, or `local/name` for an open folder.",
    example: 'path: mistralai/Mistral-7B-v0.1',
  }),
  revision: key(z.string().optional(), {
    meaning: 'A branch, tag or commit of the model.',
    default: 'the main branch',
    example: 'revision: main',
  }),
});

const REFERENCE_FORM = z.strictObject({
  model: key(z.union([z.string(), PATH_FORM]), {
    meaning: "The model's name, or a group of `path` and `revision`.",
    example: 'model: { path: mistralai/Mistral-7B-v0.1, revision: main }',
  }),
  lora: key(z.null().optional(), {
    meaning: 'An adapter to apply to the model first. Graft does not apply adapters yet.',
    default: 'none',
    example: 'lora: null',
  }),
  override_architecture: key(z.string().optional(), {
    meaning:
      'mergekit reads the model as if its config named this architecture. Graft reads the layout from the weights.',
    default: 'none',
    example: 'override_architecture: LlamaForCausalLM',
  }),
});

const MODEL_REFERENCE = z.union([z.string(), REFERENCE_FORM]);

const MODEL_HELP: KeyHelp = {
  meaning:
    'The model: `owner/name` on the Hub, `owner/name@revision` for a branch, tag or commit, or `local/name` for an open folder. `owner/name/file.safetensors` is one file, without a config.',
  example: 'model: mistralai/Mistral-7B-v0.1',
};

const MODELS_ENTRY = z.strictObject({
  model: key(z.union([z.string(), REFERENCE_FORM]), MODEL_HELP),
  parameters: key(PARAMETERS.clone(), {
    meaning: "This model's own values, such as its `weight`. They win over the slice's and the recipe's.",
    default: 'none',
    example: 'parameters:\n  weight: 0.5',
  }),
});

const SOURCE = z.strictObject({
  model: key(z.union([z.string(), REFERENCE_FORM]), MODEL_HELP),
  layer_range: key(LAYER_RANGE, {
    meaning:
      'The layers to take, `[first, end]`, counted from 0 and without the end: `[0, 8]` is layers 0 to 7. All sources of a slice must have the same number of layers. A last slice without layers, `[8, 8]`, chooses where the final norm and the head come from (a first one: the embeddings).',
    example: 'layer_range: [0, 8]',
  }),
  parameters: key(PARAMETERS.clone(), {
    meaning:
      "This source's own values, such as its `weight` or `scale`. They win over the slice's and the recipe's.",
    default: 'none',
    example: 'parameters:\n  weight: 0.5',
  }),
});

const SLICE = z.strictObject({
  sources: key(z.array(SOURCE).min(1), {
    meaning:
      'The layers that are merged with each other into this slice: one source is a copy, several are merged.',
    example: 'sources:\n  - model: owner/name\n    layer_range: [0, 8]',
  }),
  base_model: key(MODEL_REFERENCE.optional(), {
    meaning: "The base of this slice. The base must be listed among the slice's sources.",
    default: "the recipe's `base_model`",
    example: 'base_model: mistralai/Mistral-7B-v0.1',
  }),
  parameters: key(PARAMETERS.clone(), {
    meaning: "Values for this slice. They win over the recipe's; a source's own win over both.",
    default: 'none',
    example: 'parameters:\n  t: [0, 0.5, 1]',
  }),
});

const MODULE = z.strictObject({
  models: key(z.array(MODELS_ENTRY).min(1).optional(), {
    meaning: 'The models whose module is merged, all its layers. A module has either `models` or `slices`.',
    default: 'none',
    example: 'models:\n  - model: owner/first\n  - model: owner/second',
  }),
  slices: key(z.array(SLICE).min(1).optional(), {
    meaning:
      "The module's layers from bottom to top, slice by slice. A module has either `slices` or `models`.",
    default: 'none',
    example: 'slices:\n  - sources:\n      - model: owner/name\n        layer_range: [0, 8]',
  }),
  parameters: key(PARAMETERS.clone(), {
    meaning:
      "Values for this module. They win over the recipe's; a slice's and a source's own win over both.",
    default: 'none',
    example: 'parameters:\n  t: 0.5',
  }),
});

const RECIPE = z.strictObject({
  merge_method: key(z.string(), {
    meaning:
      'How the models are merged. The method decides which parameters there are and whether a base model is needed.',
    example: 'merge_method: slerp',
  }),
  base_model: key(MODEL_REFERENCE.optional(), {
    meaning:
      'The model the others are compared with. Its config and tokenizer go into the output. With `models:` it is an input by itself; with `slices:` list it among the sources.',
    default: 'none; the first model listed gives config and tokenizer',
    example: 'base_model: mistralai/Mistral-7B-v0.1',
  }),
  models: key(z.array(MODELS_ENTRY).min(1).optional(), {
    meaning: 'The models to merge, whole. A recipe has one of `models`, `slices` and `modules`.',
    default: 'none',
    example: 'models:\n  - model: owner/first\n  - model: owner/second',
  }),
  slices: key(z.array(SLICE).min(1).optional(), {
    meaning:
      "The output's layers from bottom to top, slice by slice. Embeddings come from the first slice's sources, the final norm and the head from the last's. A recipe has one of `slices`, `models` and `modules`.",
    default: 'none',
    example: 'slices:\n  - sources:\n      - model: owner/name\n        layer_range: [0, 8]',
  }),
  modules: key(z.record(z.string(), MODULE).optional(), {
    meaning:
      'For models made of several modules (a text decoder, a vision tower, a projector): what to merge in each, by its name. Modules that are not listed are left out of the output. A recipe has one of `models`, `slices` and `modules`.',
    default: 'none',
    example:
      'modules:\n  text_decoder:\n    models:\n      - model: owner/first\n      - model: owner/second\n  vision_tower:\n    models:\n      - model: owner/first',
  }),
  parameters: key(PARAMETERS.clone(), {
    meaning:
      'Values for the whole merge. A value is a number, a list of numbers spread over the layers, or a list of `filter` and `value` entries.',
    default: "the method's own",
    example: 'parameters:\n  t: 0.5',
  }),
  dtype: key(DTYPE.optional(), {
    meaning:
      "The output's element type when `out_dtype` is absent. Graft computes in float32 or better and rounds once at the end, whatever this says.",
    default: "the inputs'",
    example: 'dtype: bfloat16',
  }),
  out_dtype: key(DTYPE.optional(), {
    meaning:
      'The element type the output is written in. The float8 types are for storage: values are rounded as they are, without scales. mergekit has no float8.',
    default: '`dtype`',
    example: 'out_dtype: bfloat16',
  }),
  tokenizer_source: key(z.literal('base').optional(), {
    meaning:
      "Where the output's tokenizer comes from. Graft copies the base model's (or else the first model's), so `base` changes nothing; building others is not possible yet.",
    default: '`base`',
    example: 'tokenizer_source: base',
  }),
  seed: key(SEED.optional(), {
    meaning:
      "Seed of the random masks (`dare_ties` and its kin). The same seed gives the same masks on every machine. Graft's own key; mergekit ignores it.",
    default: '0',
    example: 'seed: 42',
  }),
  out_shard_size: key(SHARD_SIZE.optional(), {
    meaning:
      "The largest file of the output: bytes, or a number with a unit. `5GB` is 5,000,000,000 bytes; as in mergekit, `k`, `m` and `b` alone mean thousand, million and billion. Graft's own key; mergekit has it on the command line.",
    default: `${LIMITS.shardBytes / 1e9}GB`,
    example: 'out_shard_size: 2GB',
  }),
  name: key(z.string().optional(), {
    meaning:
      "The recipe's name. Where a file holds several recipes, separated by `---`, the others use it as a model; the one that no other uses is the output.",
    default: 'none',
    example: 'name: my-merge',
  }),
});

export interface Level {
  /** Where the keys stand, for messages. */
  readonly where: string;
  readonly schema: z.ZodObject;
  /** Whether the map has a `parameters` key, so that a stray number may be a parameter. */
  readonly takesParameters: boolean;
}

/** The maps a recipe is made of. */
export const LEVELS = {
  recipe: { where: 'the top level of the recipe', schema: RECIPE, takesParameters: true },
  module: { where: 'a module', schema: MODULE, takesParameters: true },
  models: { where: 'an entry of `models`', schema: MODELS_ENTRY, takesParameters: true },
  slice: { where: 'an entry of `slices`', schema: SLICE, takesParameters: true },
  source: { where: 'an entry of `sources`', schema: SOURCE, takesParameters: true },
  condition: { where: 'a filter entry', schema: CONDITION, takesParameters: false },
  reference: { where: 'a model reference', schema: REFERENCE_FORM, takesParameters: false },
  path: { where: 'a model path', schema: PATH_FORM, takesParameters: false },
} as const satisfies Record<string, Level>;

export type LevelName = keyof typeof LEVELS;

/** Keys that must be there at a level. */
export function requiredKeys(level: LevelName): readonly string[] {
  return Object.entries(LEVELS[level].schema.shape)
    .filter(([, schema]) => !schema.safeParse(undefined).success)
    .map(([name]) => name);
}
