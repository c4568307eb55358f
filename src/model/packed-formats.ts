/**
 * Weights that are stored as codes with scales, recognised from config and headers. They must be decoded before
 * arithmetic means anything, so a merge refuses them. Plain float8 weights without scales are numbers and not meant here.
 *
 * Names and keys are those that the tools write: transformers' quantizers (`quantization_config.quant_method`), GPTQModel,
 * AutoAWQ, bitsandbytes, llm-compressor (compressed-tensors), NVIDIA ModelOpt, MLX and ComfyUI.
 */

import { configValue, isJsonObject, type JsonObject } from './config-keys.ts';
import type { Checkpoint, TensorInfo } from './types.ts';

export interface PackedWeights {
  /** What people call the format: `GPTQ`. */
  readonly format: string;
  /** A tensor that shows it; null when only config.json says so. */
  readonly tensor: string | null;
}

interface Format {
  readonly name: string;
  /** `quant_method` in config.json. */
  readonly methods: readonly string[];
  /** Endings of tensor names after their last dot; each must match some tensor. */
  readonly endings: readonly RegExp[];
  /** No tensor may end so. */
  readonly without?: RegExp;
}

/** The first row whose endings are all there wins, so the more telling rows come first. */
const FORMATS: readonly Format[] = [
  {
    name: 'compressed-tensors',
    methods: ['compressed-tensors', 'compressed_tensors', 'sparseml'],
    endings: [/^weight_packed$/],
  },
  { name: 'GPTQ', methods: ['gptq', 'gptqmodel', 'auto-round'], endings: [/^qweight$/, /^g_idx$/] },
  { name: 'AWQ', methods: ['awq'], endings: [/^qweight$/, /^qzeros$/, /^scales$/], without: /^g_idx$/ },
  {
    name: 'bitsandbytes (4 bit)',
    methods: [],
    endings: [/^absmax$/, /^quant_map$|^bitsandbytes__(nf4|fp4)$/],
  },
  { name: 'bitsandbytes (8 bit)', methods: ['bitsandbytes'], endings: [/^SCB$/] },
  { name: 'MXFP4', methods: ['mxfp4'], endings: [/(^|_)blocks$/, /(^|_)scales$/] },
  {
    name: 'ModelOpt',
    methods: ['modelopt', 'modelopt_fp4', 'nvfp4'],
    endings: [/^weight_scale$/, /^weight_scale_2$/],
  },
  { name: 'FP8 with scales', methods: ['fp8'], endings: [/^weight_scale_inv$/] },
  { name: 'FP8 with scales', methods: ['fbgemm_fp8'], endings: [/^weight_scale$/] },
  { name: 'FP8 with scales', methods: [], endings: [/^scale_weight$/] },
  { name: 'MLX', methods: ['mlx'], endings: [/^scales$/, /^biases$/] },
  { name: 'HQQ', methods: ['hqq'], endings: [/^W_q$/] },
  { name: 'AQLM', methods: ['aqlm'], endings: [/^codebooks$/, /^codes$/] },
];

/** A name from a stranger's config is shown up to here. */
const MAX_METHOD_CHARS = 40;

/** How `checkpoint` packs its weights; null when they are plain numbers. */
export function packedWeights({
  config,
  tensors,
}: Pick<Checkpoint, 'config' | 'tensors'>): PackedWeights | null {
  const method = methodOf(config);
  const endings = endingsOf(tensors);
  const named = FORMATS.filter(({ methods }) => method !== null && methods.includes(method));
  const shown = [...named, ...FORMATS].find((format) => isShown(format, endings));
  if (shown !== undefined) {
    // The config's own word before a guess from endings that two tools share.
    const format = named.length > 0 && !named.includes(shown) ? named[0]?.name : shown.name;
    return { format: format ?? shown.name, tensor: exampleOf(shown, endings) };
  }
  if (method === null) return null;
  return { format: named[0]?.name.replace(/ \(.*/, '') ?? (method || 'an unnamed method'), tensor: null };
}

/**
 * `quant_method`; the empty string for settings that name none, null without settings. MLX keeps its settings under
 * `quantization`.
 */
function methodOf(config: JsonObject): string | null {
  const settings =
    configValue(config, ['quantization_config']) ??
    configValue(config, ['text_config', 'quantization_config']) ??
    configValue(config, ['compression_config']);
  if (settings === undefined || settings === null) {
    return isJsonObject(configValue(config, ['quantization'])) ? 'mlx' : null;
  }
  const method = isJsonObject(settings) ? configValue(settings, ['quant_method']) : undefined;
  return typeof method === 'string' ? method.toLowerCase().slice(0, MAX_METHOD_CHARS) : '';
}

/** What stands after the last dot of the names, with the first tensor of each. */
function endingsOf(tensors: ReadonlyMap<string, TensorInfo>): Map<string, string> {
  const endings = new Map<string, string>();
  for (const name of tensors.keys()) {
    const ending = name.slice(name.lastIndexOf('.') + 1);
    if (!endings.has(ending)) endings.set(ending, name);
  }
  return endings;
}

function isShown({ endings, without }: Format, found: ReadonlyMap<string, string>): boolean {
  const some = (pattern: RegExp) => [...found.keys()].some((ending) => pattern.test(ending));
  return endings.every(some) && !(without !== undefined && some(without));
}

function exampleOf({ endings }: Format, found: ReadonlyMap<string, string>): string | null {
  const [first] = endings;
  for (const [ending, name] of found) if (first?.test(ending)) return name;
  return null;
}

/** What makers of packed repositories add to the name of the model they packed. */
const SUFFIX =
  /[-_.](gptq|awq|gguf|exl[23]|bnb|nf4|int[48]|fp8|mxfp4|nvfp4|mlx|[48][-_]?bits?|w[48]a(8|16)|dynamic|unsloth|g\d+|quantized)(?=$|[-_.]).*$/i;

/**
 * The unquantized model to name instead: the one model its card was made from, else the reference's own name without
 * what packing added to it (many owners publish both); null when neither says.
 */
export function unpackedModel({ ref, origin, card }: Pick<Checkpoint, 'ref' | 'origin' | 'card'>): {
  readonly ref: string;
  readonly saidBy: 'card' | 'name';
} | null {
  const [base] = card.baseModels;
  if (base !== undefined && card.baseModels.length === 1 && base !== ref && base.includes('/')) {
    return { ref: base, saidBy: 'card' };
  }
  if (origin.kind !== 'hub') return null;
  const plain = origin.repo.replace(SUFFIX, '');
  return plain !== origin.repo && /\/[\w.-]+$/.test(plain) ? { ref: plain, saidBy: 'name' } : null;
}
