/**
 * Finds the stacks of layers in a checkpoint from its tensors' names. A name such as
 * `model.layers.7.block_sparse_moe.experts.3.w1.weight` has several indexes; the one that counts the decoder's layers
 * is the one most elements share, that agrees with the config, and that is not a tower's or an expert's.
 *
 * Checkpoints without a config (diffusion models, adapters) are read the same way: their layers are the outermost stack
 * with the most elements; between equals the one of more blocks, then the first by name. What other stacks there are
 * (a UNet's other half, single beside double blocks, towers) keep positions of their own. Adapters of kohya-ss write
 * indexes between underscores: `lora_unet_double_blocks_7_img_attn_proj.lora_down.weight`.
 */

import {
  configValue,
  isCount,
  type JsonObject,
  type LayerCountPlace,
  layerCountPlaces,
} from './config-keys.ts';
import { isForeign } from './kinds.ts';

export interface LayerStack {
  /** Text before the index, with its dot or underscore: `model.layers.`, `lora_unet_double_blocks_`. */
  readonly prefix: string;
  readonly count: number;
}

export interface LayerFinding {
  /** Null when no tensor lies in a layer. */
  readonly stack: LayerStack | null;
  /** Stacks beside it, none inside another, the shortest prefix first. */
  readonly others: readonly LayerStack[];
  readonly countKey: readonly string[] | null;
  readonly notes: readonly string[];
}

interface Candidate {
  readonly prefix: string;
  readonly indexes: Set<number>;
  elementCount: number;
}

/** Scores add up; elements give at most 1. An agreeing config counts more than size, being a tower or expert undoes that. */
const AGREES_WITH_CONFIG = 2;
const IS_FOREIGN = -3;
const IS_NESTED = -2;
/** Fewer numbered modules are as likely the steps of a projector as blocks. */
const MIN_OTHER_COUNT = 3;
/** Every tensor is looked for in every one; models with several towers have a handful. */
const MAX_OTHER_STACKS = 100;
/** T5 has an encoder and a decoder of one depth; BERT has only an encoder. */
const IS_ENCODER = -1;

/** A config's own layer count is trusted over gaps in the names only up to here. */
const MAX_SPARSE_LAYERS = 4096;

/** @param elementCounts elements of each tensor, by name */
export function findLayers(elementCounts: ReadonlyMap<string, number>, config: JsonObject): LayerFinding {
  const places = layerCountPlaces(config);
  const candidates = gather(elementCounts);
  let total = 1;
  for (const count of elementCounts.values()) total += count;
  let best: Candidate | null = null;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const candidate of candidates) {
    const score = scoreOf(candidate, total, places, config);
    if (best === null || score > bestScore || (score === bestScore && goesBefore(candidate, best))) {
      best = candidate;
      bestScore = score;
    }
  }
  const count = best === null ? 0 : layerCount(best, places, config);
  if (best === null || count === 0) {
    return { stack: null, others: [], countKey: places[0]?.key ?? null, notes: [] };
  }
  const agreeing = places.find((place) => place.count === count);
  const claimed = places[0];
  const notes =
    agreeing === undefined && claimed !== undefined
      ? [`config.json says ${claimed.key.join('.')}: ${claimed.count}, but the weights have ${count} layers.`]
      : [];
  const stack = { prefix: best.prefix, count };
  return {
    stack,
    others: otherStacks(candidates, stack),
    countKey: agreeing?.key ?? claimed?.key ?? null,
    notes,
  };
}

/** The number of the layer that `name` has in `stack`, whether or not the stack counts so far; null outside. */
export function indexIn(name: string, { prefix }: LayerStack): number | null {
  if (!name.startsWith(prefix)) return null;
  const digits = /^(?:0|[1-9]\d{0,8})(?=[._])/.exec(name.slice(prefix.length, prefix.length + 10))?.[0];
  if (digits === undefined) return null;
  const isDotted = name[prefix.length + digits.length] === '.';
  return isDotted || prefix.endsWith('_') ? Number(digits) : null;
}

/** Runs of digits between dots, and behind the word for a block between underscores. */
const INDEX = /(?:(?<=\.)|(?<=(?:blocks?|layers?)_))(?:0|[1-9]\d{0,8})(?=[._])/g;

/** Every index in a name, by what stands before it. */
function gather(elementCounts: ReadonlyMap<string, number>): readonly Candidate[] {
  const candidates = new Map<string, Candidate>();
  for (const [name, elements] of elementCounts) {
    for (const match of name.matchAll(INDEX)) {
      const prefix = name.slice(0, match.index);
      if (prefix.endsWith('.') && name[match.index + match[0].length] !== '.') continue;
      const candidate = candidates.get(prefix) ?? { prefix, indexes: new Set<number>(), elementCount: 0 };
      candidate.indexes.add(Number(match[0]));
      candidate.elementCount += elements;
      candidates.set(prefix, candidate);
    }
  }
  return [...candidates.values()];
}

function scoreOf(
  candidate: Candidate,
  total: number,
  places: readonly LayerCountPlace[],
  config: JsonObject,
): number {
  const count = layerCount(candidate, places, config);
  let score = candidate.elementCount / total;
  if (count === 0) return Number.NEGATIVE_INFINITY;
  if (places.some((place) => place.count === count)) score += AGREES_WITH_CONFIG;
  if (isForeign(candidate.prefix)) score += IS_FOREIGN;
  if (/\.\d+\.|(?:blocks?|layers?)_\d+_/.test(candidate.prefix)) score += IS_NESTED;
  if (/(^|\.)encoder\./.test(candidate.prefix)) score += IS_ENCODER;
  return score;
}

function goesBefore(a: Candidate, b: Candidate): boolean {
  return a.indexes.size === b.indexes.size ? a.prefix < b.prefix : a.indexes.size > b.indexes.size;
}

/** Stacks numbered from 0 without a gap that lie in no other one. */
function otherStacks(candidates: readonly Candidate[], main: LayerStack): LayerStack[] {
  const outermost = [...candidates].sort(
    (a, b) => a.prefix.length - b.prefix.length || (a.prefix < b.prefix ? -1 : 1),
  );
  const stacks = [main];
  for (const { prefix, indexes } of outermost) {
    if (stacks.length > MAX_OTHER_STACKS) break;
    let count = 0;
    while (indexes.has(count)) count++;
    const isInside = stacks.some((stack) => stack.prefix === prefix || indexIn(prefix, stack) !== null);
    if (count >= MIN_OTHER_COUNT && !isInside) stacks.push({ prefix, count });
  }
  return stacks.slice(1);
}

/**
 * Layers numbered from 0 without a gap. Multi-token-prediction layers, which DeepSeek numbers after the last real one and
 * its config counts apart, do not belong; a config may vouch for layers that store nothing.
 */
function layerCount(candidate: Candidate, places: readonly LayerCountPlace[], config: JsonObject): number {
  let run = 0;
  while (candidate.indexes.has(run)) run++;
  if (run < candidate.indexes.size) {
    let highest = 0;
    for (const index of candidate.indexes) highest = Math.max(highest, index);
    const vouched = places.find((place) => highest < place.count && place.count <= MAX_SPARSE_LAYERS);
    if (vouched !== undefined) return vouched.count;
  }
  const extra = configValue(config, ['num_nextn_predict_layers']);
  const real = places.find((place) => isCount(extra) && place.count + extra === run);
  return real?.count ?? run;
}
