/**
 * Finds the stack of layers in a checkpoint from its tensors' names. A name such as
 * `model.layers.7.block_sparse_moe.experts.3.w1.weight` has several indexes; the one that counts the decoder's layers
 * is the one most elements share, that agrees with the config, and that is not a tower's or an expert's.
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
  /** Text before the index, with its dot: `model.layers.`. */
  readonly prefix: string;
  readonly count: number;
}

export interface LayerFinding {
  /** Null when no tensor lies in a layer. */
  readonly stack: LayerStack | null;
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
    if (score > bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  if (best === null) return { stack: null, countKey: places[0]?.key ?? null, notes: [] };
  const count = layerCount(best, places, config);
  if (count === 0) return { stack: null, countKey: places[0]?.key ?? null, notes: [] };
  const agreeing = places.find((place) => place.count === count);
  const claimed = places[0];
  const notes =
    agreeing === undefined && claimed !== undefined
      ? [`config.json says ${claimed.key.join('.')}: ${claimed.count}, but the weights have ${count} layers.`]
      : [];
  return {
    stack: { prefix: best.prefix, count },
    countKey: agreeing?.key ?? claimed?.key ?? null,
    notes,
  };
}

/** Every run of digits between dots, by what stands before it. */
function gather(elementCounts: ReadonlyMap<string, number>): Iterable<Candidate> {
  const candidates = new Map<string, Candidate>();
  for (const [name, elements] of elementCounts) {
    for (const match of name.matchAll(/(?<=\.)(?:0|[1-9]\d{0,8})(?=\.)/g)) {
      const prefix = name.slice(0, match.index);
      const candidate = candidates.get(prefix) ?? { prefix, indexes: new Set<number>(), elementCount: 0 };
      candidate.indexes.add(Number(match[0]));
      candidate.elementCount += elements;
      candidates.set(prefix, candidate);
    }
  }
  return candidates.values();
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
  if (/\.\d+\./.test(candidate.prefix)) score += IS_NESTED;
  if (/(^|\.)encoder\./.test(candidate.prefix)) score += IS_ENCODER;
  return score;
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
