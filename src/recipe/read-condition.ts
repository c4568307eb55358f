/** The conditions of an entry in a conditional list: `filter`, `layers` and `kind`. */

import { FILTER_KIND, type FilterKind, LAYERS, type LayerSpan } from './definitions.ts';
import { replaceValue } from './fixes.ts';
import { nearestName } from './nearest-name.ts';
import type { ProblemList } from './problem-list.ts';
import { readLeaf, readText } from './read-leaf.ts';
import { describeNode, type MapEntry, type MapNode, presentEntry, type TreeNode } from './tree.ts';
import type { ConditionalValue, QuickFix } from './types.ts';

/** The conditions in `map`; null, with problems, when one cannot be read. */
export function readCondition(map: MapNode, problems: ProblemList): Omit<ConditionalValue, 'value'> | null {
  const filter = read(map, 'filter', (entry) =>
    readText('`filter`', entry.value, 'invalid-filter', problems),
  );
  const layers = read(map, 'layers', (entry) => readLayers(entry, problems));
  const kind = read(map, 'kind', (entry) => readKind(entry.value, problems));
  const isRead = filter !== undefined && layers !== undefined && kind !== undefined;
  return isRead ? { filter, layers, kind } : null;
}

/** Null where the key is absent, undefined where its value could not be read. */
function read<T>(map: MapNode, key: string, reader: (entry: MapEntry) => T | null): T | null | undefined {
  const entry = presentEntry(map, key);
  return entry === undefined ? null : (reader(entry) ?? undefined);
}

/** What other tools and languages write between the ends of a range. YAML 1.1 takes `4:12` for the number 252. */
const OTHER_RANGE = /^\s*(\d{1,6})\s*(?:-|:|\.{2,3}|\u2013|\u2014|to)\s*(\d{1,6})\s*$/;

function readLayers(entry: MapEntry, problems: ProblemList): readonly LayerSpan[] | null {
  const { value } = entry;
  const range = value.kind === 'scalar' ? OTHER_RANGE.exec(value.text) : null;
  if (range === null) return readLeaf(entry, LAYERS, 'invalid-filter', problems);
  const ends = [Number(range[1]), Number(range[2])].sort((a, b) => a - b);
  const text = ends.join('-');
  const result = LAYERS.safeParse(value.kind === 'scalar' ? value.text : undefined);
  if (result.success) return result.data;
  const message = `\`layers\` must be written as \`${text}\` (the last layer included); it is ${describeNode(value)}.`;
  problems.add('invalid-filter', value.span, message, [replaceValue(value, text)]);
  return null;
}

/** What people and other tools call the kinds. */
const OTHER_KINDS: ReadonlyMap<string, FilterKind> = new Map([
  ['attn', 'attention'],
  ['self_attn', 'attention'],
  ['ffn', 'mlp'],
  ['feed_forward', 'mlp'],
  ['expert', 'mlp'],
  ['experts', 'mlp'],
  ['router', 'mlp'],
  ['layernorm', 'norm'],
  ['rmsnorm', 'norm'],
  ['embed', 'embedding'],
  ['embed_tokens', 'embedding'],
  ['lm_head', 'head'],
]);

function readKind(node: TreeNode, problems: ProblemList): FilterKind | null {
  const text = readText('`kind`', node, 'invalid-filter', problems);
  if (text === null) return null;
  const result = FILTER_KIND.safeParse(text);
  if (result.success) return result.data;
  const meant = OTHER_KINDS.get(text.toLowerCase()) ?? nearestName(text, FILTER_KIND.options);
  const kinds = FILTER_KIND.options.map((option) => `\`${option}\``).join(', ');
  const hint = meant === null ? '' : ` Did you mean \`${meant}\`?`;
  const fix: QuickFix | null = meant === null ? null : replaceValue(node, meant);
  problems.add(
    'invalid-filter',
    node.span,
    `\`kind\` is one of ${kinds}; it is ${describeNode(node)}.${hint}`,
    [fix],
  );
  return null;
}
