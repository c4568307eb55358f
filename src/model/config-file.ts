/** Parses config.json, which Python writes: `NaN` and `Infinity` are numbers there. */

import { GraftError } from '../base/errors.ts';
import { JsonFault, JsonReader } from '../safetensors/json.ts';
import { isJsonObject, type JsonObject } from './config-keys.ts';

/** Real configs nest a handful of levels. */
const MAX_DEPTH = 64;

/** How config.json is read, for everything that reads its text. */
export function configReader(text: string): JsonReader {
  return new JsonReader(text, { maxDepth: MAX_DEPTH, nonFinite: true });
}

/** @throws GraftError `InvalidFile` when `text` is not one JSON object */
export function parseConfig(text: string, file: string): JsonObject {
  try {
    const reader = configReader(text);
    const value = reader.value();
    reader.end();
    if (isJsonObject(value)) return value;
    throw new JsonFault('it is not a JSON object');
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw new GraftError('InvalidFile', `${file} cannot be read: ${error.message}.`, {
      where: file,
      fix: 'Download the file again, or ask its author to save the model again.',
      cause: error,
    });
  }
}
