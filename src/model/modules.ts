/**
 * The modules a checkpoint is made of: its decoder, towers with layers of their own (vision, audio, an encoder), and what
 * connects them. Told from the tensors' names: a part that leaves the decoder's path early is a module when it is a
 * tower's or a connector's by name, or holds a stack of layers. Everything else belongs to the decoder.
 */

import { configValue, isCount, isJsonObject, type JsonObject } from './config-keys.ts';
import { isForeign } from './kinds.ts';
import type { LayerStack } from './layers.ts';
import { placeTensor } from './places.ts';
import type { Checkpoint, ModelStructure, TensorPlace } from './types.ts';

export interface ModelModule {
  readonly name: string;
  /** Other names that recipes use for it. */
  readonly aliases: readonly string[];
  /** The decoder: what a model without modules is. */
  readonly isMain: boolean;
  readonly layerCount: number;
  /** The config's key path for the layer count; null when none is known. */
  readonly layerCountKey: readonly string[] | null;
  /** Its tensors, in file order. */
  readonly places: ReadonlyMap<string, TensorPlace>;
}

type Described = Pick<Checkpoint, 'config' | 'places' | 'structure'>;

const CONNECTOR =
  /(^|[._])(projector|connector|merger|resampler|perceiver|aligner|mm|multi_modal|multimodal)([._]|$)/;
const MAIN_ALIASES = ['default', 'text_decoder', 'decoder', 'language_model', 'text_model', 'llm'];
/** What towers of one kind are called in one model or another; the first that fits a module gives its aliases. */
const FAMILIES: readonly { readonly pattern: RegExp; readonly names: readonly string[] }[] = [
  { pattern: CONNECTOR, names: ['multi_modal_projector', 'mm_projector', 'projector', 'connector'] },
  {
    pattern: /vision|visual|vit|image|siglip|clip/,
    names: ['vision_tower', 'vision_model', 'visual', 'vision_encoder', 'vision'],
  },
  { pattern: /audio|speech/, names: ['audio_tower', 'audio_model', 'audio_encoder', 'audio'] },
];
/** Fewer tensors in a layer make lists of parameters (extra heads, scales), not layers. */
const MIN_LAYER_TENSORS = 4;

const known = new WeakMap<Described, readonly ModelModule[]>();

/** The decoder first, then the others in the order of the files. A model of one module has `default` alone. */
export function modulesOf(checkpoint: Described): readonly ModelModule[] {
  const modules = known.get(checkpoint) ?? inferModules(checkpoint);
  known.set(checkpoint, modules);
  return modules;
}

/** The module that `name` means: by its name, else by the one alias that fits. */
export function findModule(modules: readonly ModelModule[], name: string): ModelModule | null {
  const exact = modules.find((module) => module.name === name);
  if (exact !== undefined) return exact;
  const [first, ...others] = modules.filter(({ aliases }) => aliases.includes(name));
  return first !== undefined && others.length === 0 ? first : null;
}

function inferModules({ config, places, structure }: Described): readonly ModelModule[] {
  const parts = splitOff([...places.keys()], structure);
  if (parts.size === 0) {
    const { layerCount, layerCountKey } = structure;
    return [{ name: 'default', aliases: MAIN_ALIASES, isMain: true, layerCount, layerCountKey, places }];
  }
  const elsewhere = new Set([...parts.values()].flat());
  const names = shortNames([...parts.keys()]);
  const towers = [...parts].map(([path, tensors]) => {
    const stack = stackOf(path, tensors, structure);
    const own = tensors.map((tensor) => [tensor, placeOf(tensor, stack, places.get(tensor))] as const);
    return towerOf(path, names.get(path) ?? path, { stack, places: new Map(own), config });
  });
  const main: ModelModule = {
    name: 'text_decoder',
    aliases: MAIN_ALIASES,
    isMain: true,
    layerCount: structure.layerCount,
    layerCountKey: structure.layerCountKey,
    places: new Map([...places].filter(([name]) => !elsewhere.has(name))),
  };
  return [main, ...towers];
}

/** Names of the tensors that are not the decoder's, by the path at which they leave its own. */
function splitOff(
  names: readonly string[],
  structure: ModelStructure,
): ReadonlyMap<string, readonly string[]> {
  const own = structure.layerPrefix?.split('.').slice(0, -1) ?? [];
  const parts = new Map<string, string[]>();
  if (own.length === 0) return parts;
  for (const name of names) {
    const segments = name.split('.');
    const at = own.findIndex((segment, index) => segments[index] !== segment);
    if (at < 0 || at >= segments.length - 1) continue;
    const path = segments.slice(0, at + 1).join('.');
    const part = parts.get(path);
    if (part === undefined) parts.set(path, [name]);
    else part.push(name);
  }
  for (const [path, tensors] of parts) {
    const last = path.split('.').at(-1) ?? '';
    // Lists beside the layers themselves are the decoder's own.
    const isBeside = own.length > 1 && path.split('.').length === own.length;
    const isModule =
      isForeign(last) || CONNECTOR.test(last) || (!isBeside && stackOf(path, tensors, structure) !== null);
    if (!isModule) parts.delete(path);
  }
  return parts;
}

/** The last segment, or, where two parts share it, the whole path. */
function shortNames(paths: readonly string[]): ReadonlyMap<string, string> {
  const last = (path: string): string => path.split('.').at(-1) ?? path;
  const uses = new Map<string, number>();
  for (const path of paths) uses.set(last(path), (uses.get(last(path)) ?? 0) + 1);
  return new Map(
    paths.map((path) => [path, uses.get(last(path)) === 1 ? last(path) : path.replaceAll('.', '_')]),
  );
}

function towerOf(
  path: string,
  name: string,
  { stack, places, config }: Pick<ModelModule, 'places'> & { stack: LayerStack | null; config: JsonObject },
): ModelModule {
  const family = FAMILIES.find(({ pattern }) => pattern.test(name));
  return {
    name,
    aliases: [path, ...(family?.names ?? [])],
    isMain: false,
    layerCount: stack?.count ?? 0,
    layerCountKey: stack === null ? null : countKey(name, family?.pattern ?? null, stack.count, config),
    places,
  };
}

/** The longest stack of layers in a part. */
function stackOf(
  path: string,
  tensors: readonly string[],
  { otherStacks }: Pick<ModelStructure, 'otherStacks'>,
): LayerStack | null {
  const stacks = otherStacks.filter(
    ({ prefix }) =>
      prefix.startsWith(`${path}.`) &&
      tensors.filter((name) => name.startsWith(`${prefix}0.`)).length >= MIN_LAYER_TENSORS,
  );
  return stacks.sort((a, b) => b.count - a.count)[0] ?? null;
}

function placeOf(name: string, stack: LayerStack | null, known: TensorPlace | undefined): TensorPlace {
  const place = placeTensor(name, stack, []);
  if (place.zone === 'layer') return place;
  const isAfter =
    /post|merger|adapter|head|final|(^|\.)(layer_?norm|norm)\./.test(name) && !/embed|patch|pre_/.test(name);
  return { ...(known ?? place), zone: isAfter ? 'post' : 'pre' };
}

const COUNT_KEYS = [
  'num_hidden_layers',
  'depth',
  'num_layers',
  'n_layer',
  'n_layers',
  'layers',
  'encoder_layers',
];

/** The key of a sub-config named like the module, else of the root, that holds the module's very layer count. */
function countKey(
  name: string,
  family: RegExp | null,
  count: number,
  config: JsonObject,
): readonly string[] | null {
  const isLikeIt = (key: string): boolean => key.includes(name) || family?.test(key) === true;
  const paths = subConfigPaths(config).filter((path) => isLikeIt(path.at(-1) ?? ''));
  if (family === null) paths.push([]);
  for (const path of paths) {
    for (const key of COUNT_KEYS) {
      const value = configValue(config, [...path, key]);
      if (isCount(value) && value === count) return [...path, key];
    }
  }
  return null;
}

/** Objects in the config and in its objects. */
function subConfigPaths(config: JsonObject): string[][] {
  return Object.entries(config).flatMap(([key, value]) => {
    if (!isJsonObject(value)) return [];
    const inner = Object.entries(value).filter(([, each]) => isJsonObject(each));
    return [[key], ...inner.map(([innerKey]) => [key, innerKey])];
  });
}
