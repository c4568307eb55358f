/** Opens a model by its config, index, headers and card alone: a few small range reads, no weights. */

import type { ModelFiles } from '../base/bytes.ts';
import { GraftError, isGraftError } from '../base/errors.ts';
import { CARD_HEAD_BYTES, parseCard } from './card-facts.ts';
import { parseConfig } from './config-file.ts';
import { readText } from './read-file.ts';
import { inferStructure } from './structure.ts';
import type { CardFacts, Checkpoint } from './types.ts';
import { openWeights } from './weight-files.ts';

const CONFIG = 'config.json';
const CARD = 'README.md';
/** Configs with label maps of 20,000 classes stay under this. */
const CONFIG_BYTES = 16 * 1024 * 1024;
/** Weights in any format, and the indexes that go with them. */
const WEIGHTS =
  /\.(safetensors|bin|gguf|pt|pth|ckpt|h5|msgpack|onnx|onnx_data|tflite|ot|npz)(\.index\.json)?$/i;

/**
 * @param ref the reference the recipe names it by
 * @throws GraftError `FileMissing` (no config, no safetensors weights, a shard missing), `InvalidFile`; whatever the
 *   source throws
 */
export async function openCheckpoint(
  files: ModelFiles,
  ref: string,
  signal?: AbortSignal,
): Promise<Checkpoint> {
  const [configText, weights, card] = await Promise.all([
    readConfigText(files, signal),
    openWeights(files, signal),
    readCard(files, signal),
  ]);
  const config = parseConfig(configText, CONFIG);
  const { structure, places, notes } = inferStructure([...weights.tensors.values()], config);
  return {
    ref,
    origin: files.origin,
    config,
    configText,
    tensors: weights.tensors,
    places,
    structure,
    weightFiles: weights.weightFiles,
    sideFiles: files.entries
      .filter(({ path }) => path !== CONFIG && !WEIGHTS.test(path))
      .map(({ path, sizeBytes }) => ({ path, sizeBytes })),
    card,
    notes: [...weights.notes, ...notes],
  };
}

async function readConfigText(files: ModelFiles, signal?: AbortSignal): Promise<string> {
  if (files.entries.some(({ path }) => path === CONFIG)) return readText(files, CONFIG, CONFIG_BYTES, signal);
  throw new GraftError('FileMissing', 'The model has no config.json.', {
    where: CONFIG,
    fix: 'Name a repository or folder that transformers can load.',
  });
}

/** The card is a courtesy: a broken one says nothing, and only a lost connection or a cancelled open stops us. */
async function readCard(files: ModelFiles, signal?: AbortSignal): Promise<CardFacts> {
  const entry = files.entries.find(({ path }) => path === CARD);
  if (entry === undefined || entry.sizeBytes === 0) return parseCard('');
  try {
    const source = await files.open(CARD, signal);
    const head = new Uint8Array(Math.min(source.sizeBytes, CARD_HEAD_BYTES));
    await source.read(0, head, signal === undefined ? {} : { signal });
    return parseCard(new TextDecoder().decode(head));
  } catch (error) {
    if (isGraftError(error, 'FileMissing') || isGraftError(error, 'BadAnswer')) return parseCard('');
    throw error;
  }
}
