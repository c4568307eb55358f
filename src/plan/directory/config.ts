/**
 * The output's config.json: the donor's, made true to what is written (mergekit 0.1.4 leaves layer lists, vocab_size and
 * tie_word_embeddings as they were, and such a directory does not load).
 */

import { configDtypeName, type OutputDtype } from '../../base/dtype.ts';
import { configValue, decoderConfigPaths, isJsonObject, layerCountPlaces } from '../../model/config-keys.ts';

type Config = Readonly<Record<string, unknown>>;

/** The layer of a model that an output layer is made from (its first source). */
export interface SourceLayer {
  readonly config: Config;
  readonly layer: number;
  /** Layers of that model. */
  readonly layerCount: number;
}

/** The layers of one module of the output. */
export interface OutputStack {
  /** The decoder; the others are towers, described by the config that holds their layer count. */
  readonly isMain: boolean;
  /** Of the donor. */
  readonly layerCount: number;
  readonly layerCountKey: readonly string[] | null;
  /** One for each layer of the output. */
  readonly sourceLayers: readonly SourceLayer[];
}

export interface OutputFacts {
  /** One for each module that is written; the config of others is left alone. */
  readonly stacks: readonly OutputStack[];
  /** Rows of the output's embedding; null leaves the donor's value. */
  readonly vocabularySize: number | null;
  /** Whether the output's head is its embedding; null leaves the donor's value (a model without embedding). */
  readonly tied: boolean | null;
  /** Null leaves the donor's value. */
  readonly dtype: OutputDtype | null;
}

export interface OutputConfig {
  readonly config: Record<string, unknown>;
  /** Settings that follow the layer's number by a rule, which slicing may have broken, in plain words. */
  readonly warnings: readonly string[];
}

/** Arrays that may by chance be as long as there are layers but say nothing about layers. */
const NOT_PER_LAYER =
  /token|architectures|label|_section$|scales?$|mean$|std$|kernel|dilation|languages|auto_map/;
/** Arrays of layer numbers. */
const LAYER_NUMBER_LISTS = [
  'mlp_only_layers',
  'moe_layers',
  'cross_attention_layers',
  'full_attn_idxs',
  'attn_layer_indices',
  'full_attention_layer_ids',
  'fullatt_block_indexes',
  'deepstack_visual_indexes',
];
/** Numbers that decide by a layer's index what it is; they cannot follow layers that moved. */
const LAYER_RULES = [
  'full_attention_interval',
  'sliding_window_pattern',
  'no_rope_layer_interval',
  'attn_layer_period',
  'attn_layer_offset',
  'expert_layer_period',
  'expert_layer_offset',
  'decoder_sparse_step',
  'interleave_moe_layer_step',
  'first_k_dense_replace',
  'moe_layer_freq',
  'num_kv_shared_layers',
];

/** `donor` with layer count, per-layer lists, vocab_size, tie_word_embeddings and dtype as they are written. */
export function outputConfig(donor: Config, facts: OutputFacts): OutputConfig {
  const config: Record<string, unknown> = structuredClone({ ...donor });
  const warnings = facts.stacks.flatMap((stack) => setLayers(config, donor, stack));
  const main = facts.stacks.find(({ isMain }) => isMain);
  const holder = (main?.layerCountKey ?? []).slice(0, -1);
  if (facts.vocabularySize !== null) setWhereHeld(config, holder, 'vocab_size', facts.vocabularySize, false);
  if (facts.tied !== null) setWhereHeld(config, holder, 'tie_word_embeddings', facts.tied, true);
  if (facts.dtype !== null) setDtype(config, configDtypeName(facts.dtype));
  return { config, warnings };
}

function setLayers(config: Record<string, unknown>, donor: Config, stack: OutputStack): readonly string[] {
  const { isMain, layerCount, layerCountKey, sourceLayers } = stack;
  if (layerCountKey !== null) set(config, layerCountKey, sourceLayers.length);
  // Some configs carry the count under two names (`n_layer` and `num_hidden_layers`).
  for (const { key, count } of isMain ? layerCountPlaces(donor) : []) {
    if (count === layerCount) set(config, key, sourceLayers.length);
  }
  const moved =
    sourceLayers.length !== layerCount || sourceLayers.some(({ layer }, index) => layer !== index);
  const warnings: string[] = [];
  // mergekit 0.1.4: "Unable to set number of layers in output config".
  if (layerCountKey === null && sourceLayers.length !== layerCount && Object.keys(donor).length > 0) {
    warnings.push(
      `config.json names no layer count, and the output has ${sourceLayers.length} layers instead of ${layerCount}. Set the count by hand before loading it.`,
    );
  }
  for (const path of configPathsOf(donor, stack)) {
    const part = configValue(donor, path);
    if (!isJsonObject(part)) continue;
    for (const [name, value] of Object.entries(part)) {
      const key = [...path, name];
      if (LAYER_NUMBER_LISTS.includes(name) && Array.isArray(value)) {
        set(config, key, layerNumbers(key, sourceLayers));
      } else if (Array.isArray(value) && isPerLayer(name, value, layerCount)) {
        set(config, key, perLayerList(key, value, sourceLayers));
      } else if (moved && LAYER_RULES.includes(name) && typeof value === 'number' && value > 1) {
        warnings.push(
          `${key.join('.')}: ${value} in config.json chooses layers by their number, and layers were moved. Check that the model still works.`,
        );
      }
    }
  }
  return warnings;
}

/** Configs that describe the stack. A tower counted in the root has no config of its own. */
function configPathsOf(
  donor: Config,
  { isMain, layerCountKey }: OutputStack,
): readonly (readonly string[])[] {
  if (isMain) return decoderConfigPaths(donor);
  const holder = layerCountKey?.slice(0, -1) ?? [];
  return holder.length === 0 ? [] : [holder];
}

function isPerLayer(name: string, value: readonly unknown[], layerCount: number): boolean {
  return layerCount > 0 && value.length === layerCount && !NOT_PER_LAYER.test(name);
}

/** Each output layer's entry from its own source's list; a source without such a list leaves the donor's entry. */
function perLayerList(
  key: readonly string[],
  own: readonly unknown[],
  sourceLayers: readonly SourceLayer[],
): unknown[] {
  return sourceLayers.map(({ config, layer, layerCount }) => {
    const list = configValue(config, key);
    return Array.isArray(list) && list.length === layerCount
      ? list[layer]
      : own[Math.min(layer, own.length - 1)];
  });
}

function layerNumbers(key: readonly string[], sourceLayers: readonly SourceLayer[]): number[] {
  return sourceLayers.flatMap(({ config, layer }, index) => {
    const list = configValue(config, key);
    return Array.isArray(list) && list.includes(layer) ? [index] : [];
  });
}

/**
 * Sets `name` in every decoder config that has it. Where none has it, or always when `always` is set, in the config that
 * describes the layers too, because there the class's own default would win.
 */
function setWhereHeld(
  config: Record<string, unknown>,
  holder: readonly string[],
  name: string,
  value: unknown,
  always: boolean,
): void {
  const held = decoderConfigPaths(config).filter(
    (path) => configValue(config, [...path, name]) !== undefined,
  );
  for (const path of held) set(config, [...path, name], value);
  if (held.length === 0 || always) set(config, [...holder, name], value);
}

/** transformers 5 writes `dtype`, earlier ones `torch_dtype`; all keys present agree, and one is there. */
function setDtype(config: Record<string, unknown>, dtype: string): void {
  const paths = decoderConfigPaths(config).flatMap((path) => [
    [...path, 'dtype'],
    [...path, 'torch_dtype'],
  ]);
  const held = paths.filter((path) => typeof configValue(config, path) === 'string');
  for (const path of held) set(config, path, dtype);
  if (!held.some((path) => path.length === 1)) set(config, ['torch_dtype'], dtype);
}

/** Sets an existing parent's own property; paths come from Graft's lists, never from the file. */
function set(config: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const name = path.at(-1);
  const parent = configValue(config, path.slice(0, -1));
  if (name === undefined || !isJsonObject(parent)) return;
  Object.defineProperty(parent, name, { value, enumerable: true, configurable: true, writable: true });
}
