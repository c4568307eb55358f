/** A recipe in a link: the text, deflated, in the address's fragment, which browsers never send to a server. */

import { GraftError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';

const PREFIX = '#recipe=';
/** base64 of the worst deflated recipe (deflate adds at most some bytes per 64 KB) stays below twice its size. */
const MAX_FRAGMENT_CHARS = 2 * LIMITS.recipeChars;

/** `#recipe=...` for `text`. Throws `RecipeRefused` when the text has more than 256 KB in UTF-8. */
export async function encodeRecipeLink(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > LIMITS.recipeChars) {
    throw new GraftError('RecipeRefused', 'The recipe is too long for a link.', {
      fix: 'Share the file instead.',
    });
  }
  const packed = await collect(
    new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate-raw')),
    MAX_FRAGMENT_CHARS,
  );
  if (packed === null) throw new GraftError('Internal', 'A recipe grew when it was compressed.');
  return PREFIX + toBase64Url(packed);
}

/** The recipe's text in `hash` (with its `#`); null when it carries none, or one that is broken or over 256 KB. */
export async function decodeRecipeLink(hash: string): Promise<string | null> {
  if (!hash.startsWith(PREFIX) || hash.length > MAX_FRAGMENT_CHARS) return null;
  try {
    const packed = fromBase64Url(hash.slice(PREFIX.length));
    const inflated = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    const bytes = await collect(inflated, LIMITS.recipeChars);
    return bytes === null ? null : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Bad base64, bad deflate or bad UTF-8: a link that somebody cut short or made up.
    return null;
  }
}

/** All bytes of `stream`; null, with the stream cancelled, as soon as there are more than `limit`. */
async function collect(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.length;
    if (size > limit) {
      await reader.cancel();
      return null;
    }
    chunks.push(next.value);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
