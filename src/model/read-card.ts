/** Reads the front of a model's card. */

import type { ModelFiles } from '../base/bytes.ts';
import { isGraftError } from '../base/errors.ts';
import { CARD_HEAD_BYTES, parseCard } from './card-facts.ts';
import type { CardFacts } from './types.ts';

const CARD = 'README.md';

/** The card is a courtesy: a broken one says nothing, and only a lost connection or a cancelled open stops us. */
export async function readCard(files: ModelFiles, signal?: AbortSignal): Promise<CardFacts> {
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
