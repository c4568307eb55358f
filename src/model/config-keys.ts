/** Where the configs of decoder families keep what a merge needs to know: layer count, widths, vocabulary, ties. */

/** Sub-configs that describe the language model of a multi-module checkpoint, as key paths; the root comes first. */
const DECODER_CONFIGS: readonly (readonly string[])[] = [
  [],
  ['text_config'],
  ['llm_config'],
  ['language_config'],
  ['decoder'],
  ['thinker_config', 'text_config'],
];

const LAYER_COUNT_KEYS = [
  'num_hidden_layers',
  'n_layer',
  'n_layers',
  'num_layers',
  'num_decoder_layers',
  'decoder_layers',
] as const;

export interface LayerCountPlace {
  readonly key: readonly string[];
  readonly count: number;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at `path`, or undefined. Own properties only, because keys come from strangers. */
export function configValue(config: JsonObject, path: readonly string[]): unknown {
  let value: unknown = config;
  for (const key of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** The library whose config this is; null for an empty config, or one of something else. */
export function libraryOf(config: JsonObject): 'transformers' | 'diffusers' | null {
  const has = (key: string) => configValue(config, [key]) !== undefined;
  if (has('model_type') || has('architectures')) return 'transformers';
  return has('_class_name') || has('_diffusers_version') ? 'diffusers' : null;
}

/** The first of `keys` that any decoder config holds with a value `accept` takes. */
export function decoderValue<T>(
  config: JsonObject,
  keys: readonly string[],
  accept: (value: unknown) => value is T,
): T | null {
  for (const path of DECODER_CONFIGS) {
    for (const key of keys) {
      const value = configValue(config, [...path, key]);
      if (accept(value)) return value;
    }
  }
  return null;
}

/** Paths of the decoder configs that `config` has, the root first. */
export function decoderConfigPaths(config: JsonObject): readonly (readonly string[])[] {
  return DECODER_CONFIGS.filter((path) => isJsonObject(configValue(config, path)));
}

/** Every key that may hold the decoder's layer count, the likeliest first. */
export function layerCountPlaces(config: JsonObject): readonly LayerCountPlace[] {
  const places: LayerCountPlace[] = [];
  for (const path of DECODER_CONFIGS) {
    for (const name of LAYER_COUNT_KEYS) {
      const key = [...path, name];
      const count = configValue(config, key);
      if (isCount(count)) places.push({ key, count });
    }
  }
  return places;
}

/** A whole number of 1 or more. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
