/**
 * License and base models from the front matter of a README (huggingface.co/docs/hub/model-cards). Only the few
 * shapes that cards really use are understood (a scalar, a block list, a one-line list), by lines; a YAML parser
 * on a stranger's file would be a risk for two keys.
 */

import type { CardFacts } from './types.ts';

/** Front matter is short; the rest of the card is not read. */
export const CARD_HEAD_BYTES = 32 * 1024;
const MAX_BASE_MODELS = 100;
const NO_FACTS: CardFacts = { license: null, baseModels: [] };

/** @param head the first part of README.md */
export function parseCard(head: string): CardFacts {
  const lines = head.replace(/^\ufeff/, '').split(/\r?\n/);
  if (lines[0]?.trimEnd() !== '---') return NO_FACTS;
  const end = lines.findIndex((line, i) => i > 0 && line.trimEnd() === '---');
  if (end === -1) return NO_FACTS;
  const front = lines.slice(1, end);
  const licenses = valuesOf(front, 'license');
  return {
    license: licenses.length > 1 ? 'other' : (licenses[0]?.toLowerCase() ?? null),
    baseModels: valuesOf(front, 'base_model').slice(0, MAX_BASE_MODELS),
  };
}

function valuesOf(lines: readonly string[], key: string): string[] {
  const at = lines.findIndex((line) => line.startsWith(`${key}:`));
  if (at === -1) return [];
  const inline = plain(lines[at]?.slice(key.length + 1) ?? '');
  if (inline.startsWith('['))
    return inline
      .replace(/^\[|\]$/g, '')
      .split(',')
      .map(plain)
      .filter(isValue);
  if (inline !== '') return [inline].filter(isValue);
  const values: string[] = [];
  for (const line of lines.slice(at + 1)) {
    const item = /^\s*-\s+(.*)$/.exec(line);
    if (item === null) break;
    values.push(plain(item[1] ?? ''));
  }
  return values.filter(isValue);
}

/** A scalar without its quotes and its trailing comment. */
function plain(text: string): string {
  const trimmed = text.trim();
  const quoted = /^(["'])(.*?)\1/.exec(trimmed);
  return quoted === null ? trimmed.replace(/(^|\s)#.*$/, '').trim() : (quoted[2] ?? '');
}

/** Names are short and without anything YAML or HTML gives a meaning to. */
function isValue(text: string): boolean {
  return /^[\w.+/-]{1,200}$/.test(text);
}
