/** A YAML document as a recipe tree, with the problems of YAML itself: anchors, merges, tags and keys. */

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Scalar,
  type YAMLMap,
} from 'yaml';
import { removeEntryAt } from './fixes.ts';
import type { ProblemList } from './problem-list.ts';
import type { ListNode, MapEntry, MapNode, ScalarNode, TreeNode } from './tree.ts';
import { shorten } from './tree.ts';
import type { TextSpan } from './types.ts';

/** Merges may copy; honest recipes merge a handful of keys. */
const MAX_MERGED_ENTRIES = 10_000;
const CORE_TAG = 'tag:yaml.org,2002:';
const KNOWN_TAGS = {
  scalar: ['str', 'int', 'float', 'bool', 'null'],
  list: ['seq'],
  map: ['map'],
} as const;

/** The document's tree; null when it holds nothing. */
export function buildTree(document: Document.Parsed, problems: ProblemList): TreeNode | null {
  const contents: Node | null = document.contents;
  return contents === null ? null : new TreeBuilder(problems).build(contents, 0);
}

class TreeBuilder {
  readonly #problems: ProblemList;
  /** Nodes by anchor; null while the node is being built. A later anchor of the same name replaces the first. */
  readonly #anchors = new Map<string, TreeNode | null>();
  #mergedEntries = 0;

  constructor(problems: ProblemList) {
    this.#problems = problems;
  }

  /** `fallback` is the offset of a node that is not written at all. */
  build(node: Node | null, fallback: number): TreeNode {
    if (node === null) return this.#empty(this.#problems.positions.span(fallback, fallback));
    const [start, end] = node.range ?? [fallback, fallback];
    if (isAlias(node)) return this.#alias(node.source, this.#problems.positions.span(start, end));
    const anchor = 'anchor' in node ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, null);
    const built = this.#written(node, start, end);
    if (anchor !== undefined) this.#anchors.set(anchor, built);
    return built;
  }

  #written(node: Node, start: number, end: number): TreeNode {
    const positions = this.#problems.positions;
    if (isMap(node)) {
      const flow = node.flow === true;
      const entries = this.#entries(node, start);
      const span = flow
        ? positions.span(start, end)
        : positions.span(start, lastEnd(entries.values(), start));
      const map: MapNode = { kind: 'map', entries, flow, span, aliased: false };
      this.#checkTag(node, map);
      return map;
    }
    if (isSeq(node)) {
      const items = node.items.map((item) => this.build(asNode(item), start));
      const itemsEnd = items.reduce((last, item) => Math.max(last, item.span.end), start + 1);
      const span = positions.span(start, node.flow === true ? end : itemsEnd);
      const list: ListNode = { kind: 'list', items, span, aliased: false };
      this.#checkTag(node, list);
      return list;
    }
    const text = isScalar(node) && typeof node.value === 'string' ? node.value : '';
    const plain = isScalar(node) && node.type === Scalar.PLAIN && node.tag !== `${CORE_TAG}str`;
    const isBlock =
      isScalar(node) && (node.type === Scalar.BLOCK_FOLDED || node.type === Scalar.BLOCK_LITERAL);
    const visibleEnd = isBlock ? start + positions.text.slice(start, end).trimEnd().length : end;
    const scalar: ScalarNode = {
      kind: 'scalar',
      text,
      plain,
      span: positions.span(start, visibleEnd),
      aliased: false,
    };
    this.#checkTag(node, scalar);
    return scalar;
  }

  #alias(name: string, span: TextSpan): TreeNode {
    const target = this.#anchors.get(name);
    if (target) return { ...target, span, aliased: true };
    if (target === null) {
      this.#problems.add('alias-cycle', span, `\`*${shorten(name)}\` stands inside the value it repeats.`);
    } else {
      const message = `\`*${shorten(name)}\` repeats a value marked \`&${shorten(name)}\`, but nothing above is marked so.`;
      this.#problems.add('unknown-anchor', span, message);
    }
    return this.#empty(span);
  }

  #empty(span: TextSpan): ScalarNode {
    return { kind: 'scalar', text: '', plain: true, span, aliased: false };
  }

  #entries(node: YAMLMap, start: number): Map<string, MapEntry> {
    const own = new Map<string, MapEntry>();
    const merges: TreeNode[] = [];
    const duplicates: MapEntry[] = [];
    for (const pair of node.items) {
      const entry = this.#entry(pair, start);
      if (entry === null) continue;
      if (entry.key === '<<' && isScalar(pair.key) && pair.key.type === Scalar.PLAIN)
        merges.push(entry.value);
      else if (own.has(entry.key)) duplicates.push(entry);
      else own.set(entry.key, entry);
    }
    this.#reportDuplicates(duplicates, node, own);
    for (const merge of merges) {
      // Of several merged maps the first has precedence, as in PyYAML.
      for (const source of merge.kind === 'list' ? merge.items : [merge]) this.#merge(source, own);
    }
    return own;
  }

  #entry(pair: Pair<unknown, unknown>, start: number): MapEntry | null {
    const key = this.build(asNode(pair.key), start);
    const value = this.build(asNode(pair.value), key.span.end);
    if (key.kind === 'scalar') return { key: key.text, keySpan: key.span, value, own: true };
    this.#problems.add('invalid-key', key.span, 'A key must be a word, not a list or a group of keys.');
    return null;
  }

  #reportDuplicates(
    duplicates: readonly MapEntry[],
    node: YAMLMap,
    own: ReadonlyMap<string, MapEntry>,
  ): void {
    const inOrder = [...own.values(), ...duplicates].sort((a, b) => a.keySpan.start - b.keySpan.start);
    for (const entry of duplicates) {
      if (this.#problems.full) return;
      const first = own.get(entry.key)?.keySpan.line ?? 1;
      const message = `\`${shorten(entry.key)}\` stands here twice, first in line ${first}. Keep one.`;
      const fix = removeEntryAt(
        this.#problems.positions,
        inOrder,
        inOrder.indexOf(entry),
        node.flow === true,
      );
      this.#problems.add('duplicate-key', entry.keySpan, message, [fix]);
    }
  }

  #merge(source: TreeNode, into: Map<string, MapEntry>): void {
    if (source.kind !== 'map') {
      this.#problems.add(
        'invalid-merge',
        source.span,
        '`<<` takes a group of keys, such as `*name`, or a list of them.',
      );
      return;
    }
    this.#mergedEntries += source.entries.size;
    if (this.#mergedEntries > MAX_MERGED_ENTRIES) {
      this.#problems.add(
        'too-large',
        source.span,
        'The merges with `<<` make this recipe far larger than its text.',
      );
      return;
    }
    for (const [key, entry] of source.entries) {
      if (!into.has(key)) into.set(key, { ...entry, own: false });
    }
  }

  #checkTag(node: Node, built: TreeNode): void {
    const tag = 'tag' in node ? node.tag : undefined;
    if (tag === undefined) return;
    const known = KNOWN_TAGS[built.kind].some((name) => tag === CORE_TAG + name);
    if (known) return;
    const message = `The tag \`${shorten(tag.replace(CORE_TAG, '!!'))}\` has no meaning in a recipe. Remove it.`;
    this.#problems.add('unsupported-tag', built.span, message);
  }
}

function asNode(item: unknown): Node | null {
  return isAlias(item) || isMap(item) || isSeq(item) || isScalar(item) ? item : null;
}

function lastEnd(entries: Iterable<MapEntry>, start: number): number {
  let end = start;
  for (const entry of entries) {
    if (entry.own) end = Math.max(end, entry.keySpan.end, entry.value.span.end);
  }
  return end;
}
