/** Reads `model.safetensors.index.json`: which shard holds which tensor. */

import { GraftError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { decodeUtf8, JsonFault, JsonReader } from './json.ts';

const MAX_DEPTH = 32;

/** A plain file name: no folder, no `..`, no URL (huggingface.js calls others an unsafe shard filename). */
export function isSafeShardName(name: string): boolean {
  return name.length <= 255 && /^[\w.-]+\.safetensors$/.test(name) && !name.includes('..');
}

/**
 * The index's `weight_map`: tensor name -> shard file name. Everything else in the file is ignored.
 * @throws GraftError `InvalidFile` for broken JSON, a tensor listed twice, an unsafe shard name or too many shards
 */
export function parseIndex(bytes: Uint8Array, file: string): Map<string, string> {
  try {
    const reader = new JsonReader(decodeUtf8(bytes), { maxDepth: MAX_DEPTH, nonFinite: true });
    let weightMap: Map<string, string> | null = null;
    reader.object((key) => {
      if (key !== 'weight_map') return reader.skip();
      if (weightMap !== null) reader.fail('weight_map appears twice');
      weightMap = readWeightMap(reader);
    });
    reader.end();
    return weightMap ?? reader.fail('it has no weight_map');
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw new GraftError('InvalidFile', `${file} is not a valid index: ${error.message}.`, {
      where: file,
      fix: 'Download the file again, or ask its author to save the model again.',
      cause: error,
    });
  }
}

function readWeightMap(reader: JsonReader): Map<string, string> {
  const weightMap = new Map<string, string>();
  const shards = new Set<string>();
  reader.object((tensor) => {
    if (weightMap.has(tensor))
      reader.fail(`the tensor ${JSON.stringify(tensor.slice(0, 80))} is listed twice`);
    const shard = reader.string();
    if (!isSafeShardName(shard)) reader.fail(`unsafe shard name ${JSON.stringify(shard.slice(0, 80))}`);
    shards.add(shard);
    if (shards.size > LIMITS.shards) reader.fail(`more than ${LIMITS.shards} shards`);
    weightMap.set(tensor, shard);
  });
  return weightMap;
}
