/** Reads a model's small files whole, with a bound. */

import type { ModelFiles } from '../base/bytes.ts';
import { GraftError } from '../base/errors.ts';
import { decodeUtf8 } from '../safetensors/json.ts';

/**
 * The bytes of `path`.
 * @throws GraftError `FileMissing`, `InvalidFile` when it is larger than `maxBytes`; whatever the source throws
 */
export async function readBytes(
  files: ModelFiles,
  path: string,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const source = await files.open(path, signal);
  if (source.sizeBytes > maxBytes) {
    throw new GraftError(
      'InvalidFile',
      `${path} has ${source.sizeBytes} bytes, more than the ${maxBytes} that such a file may have.`,
      { where: path },
    );
  }
  const bytes = new Uint8Array(source.sizeBytes);
  if (bytes.length > 0) await source.read(0, bytes, signal === undefined ? {} : { signal });
  return bytes;
}

/**
 * The text of `path`.
 * @throws GraftError as `readBytes`, and `InvalidFile` when it is not UTF-8
 */
export async function readText(
  files: ModelFiles,
  path: string,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<string> {
  const bytes = await readBytes(files, path, maxBytes, signal);
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    throw new GraftError('InvalidFile', `${path} is not UTF-8 text.`, { where: path, cause });
  }
}
