/**
 * Opens a model by its config, index, headers and card alone: a few small range reads, no weights. A model without
 * config.json (diffusion models, adapters, single files) is known by its headers alone.
 */

import type { ModelFiles } from '../base/bytes.ts';
import { parseConfig } from './config-file.ts';
import { readCard } from './read-card.ts';
import { readText } from './read-file.ts';
import { inferStructure } from './structure.ts';
import type { Checkpoint } from './types.ts';
import { openWeights } from './weight-files.ts';

const CONFIG = 'config.json';
/** Configs with label maps of 20,000 classes stay under this. */
const CONFIG_BYTES = 16 * 1024 * 1024;
const NO_CONFIG =
  'There is no config.json; the tensors are merged by name, and blocks are told from the names.';
/** Weights in any format, and the indexes that go with them. */
const WEIGHTS =
  /\.(safetensors|bin|gguf|pt|pth|ckpt|h5|msgpack|onnx|onnx_data|tflite|ot|npz)(\.index\.json)?$/i;

/**
 * @param ref the reference the recipe names it by
 * @throws GraftError `FileMissing` (no safetensors weights, a shard missing), `InvalidFile`; whatever the
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
  const config = configText === null ? {} : parseConfig(configText, CONFIG);
  const { structure, places, notes } = inferStructure([...weights.tensors.values()], config);
  return {
    ref,
    origin: files.origin,
    config,
    ...(configText === null ? {} : { configText }),
    tensors: weights.tensors,
    places,
    structure,
    weightFiles: weights.weightFiles,
    sideFiles: files.entries
      .filter(({ path }) => path !== CONFIG && !WEIGHTS.test(path))
      .map(({ path, sizeBytes }) => ({ path, sizeBytes })),
    card,
    notes: [...(configText === null ? [NO_CONFIG] : []), ...weights.notes, ...notes],
  };
}

/** Null where there is none, and for one file of many, which a config beside it may not describe. */
async function readConfigText(files: ModelFiles, signal?: AbortSignal): Promise<string | null> {
  const { origin } = files;
  if (origin.kind !== 'demo' && origin.file !== undefined) return null;
  if (!files.entries.some(({ path }) => path === CONFIG)) return null;
  return readText(files, CONFIG, CONFIG_BYTES, signal);
}
