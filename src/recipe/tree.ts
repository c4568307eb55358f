/** A recipe's YAML as a small tree: text, lists and maps, each with its place. Aliases and merges are resolved. */

import { type PlainValue, resolvePlainScalar } from './scalars.ts';
import type { NodePath, TextSpan } from './types.ts';

interface NodeBase {
  /** Where the node is written; for an alias, where the alias is written. */
  readonly span: TextSpan;
  /** True for a node reached through an alias: its inside is written elsewhere and may be shared. */
  readonly aliased: boolean;
}

export interface ScalarNode extends NodeBase {
  readonly kind: 'scalar';
  readonly text: string;
  /** Neither quoted, nor a block, nor tagged `!!str`: the text may mean a number, a boolean or null. */
  readonly plain: boolean;
}

export interface ListNode extends NodeBase {
  readonly kind: 'list';
  readonly items: readonly TreeNode[];
}

export interface MapEntry {
  readonly key: string;
  readonly keySpan: TextSpan;
  readonly value: TreeNode;
  /** False for an entry that came in through `<<`, or for the second name of a misspelt key. */
  readonly own: boolean;
}

export interface MapNode extends NodeBase {
  readonly kind: 'map';
  /**
   * In the order of the text, merged entries last. A Map, because keys come from strangers. Not read-only, because a
   * misspelt key, once found, is added under the name it was meant as.
   */
  readonly entries: Map<string, MapEntry>;
  /** Written with braces. */
  readonly flow: boolean;
}

export type TreeNode = ScalarNode | ListNode | MapNode;

/** The scalar's meaning: null, a boolean, a number or text. */
export function scalarValue(node: ScalarNode): PlainValue {
  return node.plain ? resolvePlainScalar(node.text) : node.text;
}

export function isNull(node: TreeNode): boolean {
  return node.kind === 'scalar' && scalarValue(node) === null;
}

/** The entry of `key`, unless it is absent or its value is null, which mean the same. */
export function presentEntry(map: MapNode, key: string): MapEntry | undefined {
  const entry = map.entries.get(key);
  return entry === undefined || isNull(entry.value) ? undefined : entry;
}

/** What kind of thing a node is, for messages. */
export function describeNode(node: TreeNode): string {
  if (node.kind === 'list') return node.items.length === 0 ? 'an empty list' : 'a list';
  if (node.kind === 'map') return 'a group of keys';
  if (isNull(node)) return 'empty';
  return `\`${shorten(node.text)}\``;
}

export function shorten(text: string): string {
  const [line = ''] = text.split('\n', 1);
  return line.length < text.length || line.length > 60 ? `${line.slice(0, 57)}...` : line;
}

/** The span of the deepest node on `path` that exists; of its key, if it has one and `of` is `key`. */
export function locateIn(root: TreeNode, path: NodePath, of: 'key' | 'value'): TextSpan {
  let node = root;
  let keySpan: TextSpan | null = null;
  for (const step of path) {
    if (node.kind === 'map' && typeof step === 'string') {
      const entry = node.entries.get(step);
      if (entry === undefined) break;
      node = entry.value;
      keySpan = entry.keySpan;
    } else if (node.kind === 'list' && typeof step === 'number') {
      const item = node.items[step];
      if (item === undefined) break;
      node = item;
      keySpan = null;
    } else break;
  }
  // An empty value has no text of its own.
  const noText = node.span.start === node.span.end;
  return keySpan !== null && (of === 'key' || noText) ? keySpan : node.span;
}
