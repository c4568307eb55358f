/** What a checkpoint's config and tensor names say about it, for any decoder family. */

import type { Dtype } from '../base/dtype.ts';
import { elementCount } from '../safetensors/header.ts';
import { configValue, decoderValue, isCount, type JsonObject, libraryOf } from './config-keys.ts';
import { isForeign } from './kinds.ts';
import { findLayers } from './layers.ts';
import { placeTensor } from './places.ts';
import type { ModelStructure, TensorInfo, TensorPlace } from './types.ts';

export interface StructureFinding {
  readonly structure: ModelStructure;
  readonly places: ReadonlyMap<string, TensorPlace>;
  readonly notes: readonly string[];
}

type Described = Pick<TensorInfo, 'name' | 'shape' | 'dtype'>;

const POSITIONS =
  /(^|[._])(wpe|pos|position|positions|token_type|type)([._]|$)|position_emb|pos_emb|relative/;
/** What holds one row a token; only language models name nothing else so (diffusion models embed times and sizes). */
const TOKEN_EMBEDDING =
  /(^|[._])(embed_tokens|wte|tok_embeddings|word_embeddings|token_embd|token_embedding|embed_in|embed|shared)\.weight$/;
/** Heads over the vocabulary, as opposed to classifiers over labels. */
const VOCABULARY_HEAD =
  /(^|\.)(lm_head|embed_out|output|output_layer|head|cls\.predictions\.decoder)\.weight$/;

/** Infers layers, kinds, vocabulary, ties and counts. Never drops a tensor: what no rule knows is placed before the layers. */
export function inferStructure(tensors: readonly Described[], config: JsonObject): StructureFinding {
  const counts = new Map(tensors.map(({ name, shape }) => [name, elementCount(shape) ?? 0]));
  const { stack, others, countKey, notes } = findLayers(counts, config);
  const places = new Map(tensors.map(({ name }) => [name, placeTensor(name, stack, others)]));
  const outside = tensors.filter(({ name }) => places.get(name)?.layer === null && !isForeign(name));
  const embedding = findEmbedding(outside, places, config);
  const vocabularySize = embedding?.shape[0] ?? null;
  const head = outside.find(
    ({ name, shape }) =>
      VOCABULARY_HEAD.test(name) &&
      shape.length === 2 &&
      (vocabularySize === null ? libraryOf(config) === 'transformers' : shape[0] === vocabularySize),
  );
  const saysTied = decoderValue(config, ['tie_word_embeddings'], isBoolean);
  const structure: ModelStructure = {
    // diffusers names the class of a module so.
    architecture:
      firstText(configValue(config, ['architectures'])) ?? text(configValue(config, ['_class_name'])),
    modelType: text(configValue(config, ['model_type'])),
    layerCount: stack?.count ?? 0,
    layerPrefix: stack?.prefix ?? null,
    otherStacks: others,
    layerCountKey: countKey,
    vocabularySize,
    vocabularyTensors: outside
      .filter(
        ({ name, shape }) =>
          vocabularySize !== null && shape[0] === vocabularySize && isVocabulary(name, places),
      )
      .map(({ name }) => name),
    embeddingName: embedding?.name ?? null,
    headName: head?.name ?? null,
    tied: embedding !== null && (head === undefined || saysTied === true),
    hiddenSize:
      decoderValue(config, ['hidden_size', 'n_embd', 'd_model', 'dim', 'model_dim'], isCount) ??
      embedding?.shape[1] ??
      null,
    parameterCount: sum(counts.values()),
    dtype: commonDtype(tensors, counts),
  };
  return { structure, places, notes: [...notes, ...tieNotes(structure, saysTied)] };
}

/** The input embedding: the matrix of the config's vocabulary, else the one with most rows; never positions. */
function findEmbedding(
  outside: readonly Described[],
  places: ReadonlyMap<string, TensorPlace>,
  config: JsonObject,
): Described | null {
  const size = decoderValue(config, ['vocab_size', 'n_vocab', 'padded_vocab_size'], isCount);
  const candidates = outside.filter(
    ({ name, shape }) =>
      places.get(name)?.kind === 'embedding' &&
      shape.length === 2 &&
      name.endsWith('.weight') &&
      !POSITIONS.test(name) &&
      (libraryOf(config) === 'transformers' || TOKEN_EMBEDDING.test(name)),
  );
  // Extra layers (multi-token prediction) carry copies; the model's own embedding has the shortest name.
  const ranked = [...candidates].sort(
    (a, b) =>
      Number(b.shape[0] === size) - Number(a.shape[0] === size) ||
      (b.shape[0] ?? 0) - (a.shape[0] ?? 0) ||
      a.name.length - b.name.length,
  );
  return ranked[0] ?? null;
}

function isVocabulary(name: string, places: ReadonlyMap<string, TensorPlace>): boolean {
  const kind = places.get(name)?.kind;
  return kind === 'head' || (kind === 'embedding' && !POSITIONS.test(name));
}

function tieNotes(structure: ModelStructure, saysTied: boolean | null): readonly string[] {
  if (saysTied !== true || structure.headName === null) return [];
  return [`config.json ties the head to the embedding, but the weights also hold ${structure.headName}.`];
}

function commonDtype(tensors: readonly Described[], counts: ReadonlyMap<string, number>): Dtype {
  const totals = new Map<Dtype, number>();
  for (const { name, dtype } of tensors)
    totals.set(dtype, (totals.get(dtype) ?? 0) + (counts.get(name) ?? 0));
  let best: Dtype = 'F32';
  for (const [dtype, total] of totals) if (total > (totals.get(best) ?? -1)) best = dtype;
  return best;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function firstText(value: unknown): string | null {
  return Array.isArray(value) ? text(value[0]) : null;
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}
