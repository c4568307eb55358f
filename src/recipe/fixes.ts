/** Quick fixes: the edits that make a problem go away, or null where an edit would have to guess. */

import type { TextPositions } from './positions.ts';
import { resolvePlainScalar } from './scalars.ts';
import type { MapEntry, MapNode, TreeNode } from './tree.ts';
import type { QuickFix, TextEdit, TextSpan } from './types.ts';

/** Starts like a word, and holds nothing that YAML gives a meaning to, in brackets either. */
const PLAIN_TEXT = /^[\p{L}\p{N}_./~](?:[\p{L}\p{M}\p{N}_./~@+()-]| (?! |$))*$/u;

/** `text` as a scalar that is read as this very text: in quotes where YAML would take it for something else. */
export function textScalar(text: string): string {
  const isPlain = PLAIN_TEXT.test(text) && typeof resolvePlainScalar(text) === 'string';
  return isPlain ? text : `'${text.replaceAll("'", "''")}'`;
}

/** Writes `text` over `span`. */
export function replaceSpan(title: string, span: TextSpan, text: string): QuickFix {
  return { title, edits: [{ span, text }] };
}

export function renameKey(entry: MapEntry, name: string): QuickFix | null {
  return entry.own ? replaceSpan(`Write \`${name}\``, entry.keySpan, name) : null;
}

/** Writes `text` over a value; an alias is replaced, not what it repeats. */
export function replaceValue(node: TreeNode, text: string, title = `Write \`${text}\``): QuickFix | null {
  return node.span.end > node.span.start ? replaceSpan(title, node.span, text) : null;
}

/** Takes `key` out of `map`. */
export function removeEntry(positions: TextPositions, map: MapNode, key: string): QuickFix | null {
  const written = ownEntries(map);
  const index = written.findIndex((entry) => entry.key === key);
  return map.aliased ? null : removeEntryAt(positions, written, index, map.flow);
}

/** Takes out the entry at `index` of a map's own entries, given in the order of the text. */
export function removeEntryAt(
  positions: TextPositions,
  written: readonly MapEntry[],
  index: number,
  flow: boolean,
): QuickFix | null {
  const edit = removal(positions, written, index, flow);
  return edit === null || edit.span.start === edit.span.end
    ? null
    : { title: `Remove \`${written[index]?.key ?? ''}\``, edits: [edit] };
}

/** Moves `key` of `map` under the map's `parameters`, which is made if there is none. */
export function moveIntoParameters(positions: TextPositions, map: MapNode, key: string): QuickFix | null {
  const entry = map.entries.get(key);
  if (entry === undefined || !entry.own || map.aliased || entry.value.span.end <= entry.keySpan.end)
    return null;
  const parameters = map.entries.get('parameters');
  const edits = parameters ? moveBeside(positions, map, entry, parameters) : wrap(positions, map, entry);
  return edits === null ? null : { title: `Move \`${key}\` under \`parameters\``, edits };
}

/** `weight: 1` -> `parameters: { weight: 1 }`, in the map's own style. */
function wrap(positions: TextPositions, map: MapNode, entry: MapEntry): readonly TextEdit[] | null {
  const { start } = entry.keySpan;
  const { end } = entry.value.span;
  if (map.flow) {
    return [
      { span: positions.span(start, start), text: 'parameters: { ' },
      { span: positions.span(end, end), text: ' }' },
    ];
  }
  const indent = blockIndent(positions, entry);
  if (indent === null) return null;
  const inner = positions.text.slice(start, end).replaceAll('\n', '\n  ');
  return [{ span: positions.span(start, end), text: `parameters:\n${indent}  ${inner}` }];
}

/** Takes the entry out of `map` and writes it in front of the first parameter that is there. */
function moveBeside(
  positions: TextPositions,
  map: MapNode,
  entry: MapEntry,
  parameters: MapEntry,
): readonly TextEdit[] | null {
  const target = parameters.value;
  if (!parameters.own || target.kind !== 'map' || target.aliased || target.entries.has(entry.key))
    return null;
  const first = ownEntries(target)[0];
  const moved = positions.text.slice(entry.keySpan.start, entry.value.span.end);
  if (first === undefined || moved.includes('\n')) return null;
  const indent = target.flow ? null : blockIndent(positions, first);
  if (!target.flow && indent === null) return null;
  const written = ownEntries(map);
  const remove = removal(positions, written, written.indexOf(entry), map.flow);
  if (remove === null) return null;
  const insertAt = positions.span(first.keySpan.start, first.keySpan.start);
  return [remove, { span: insertAt, text: target.flow ? `${moved}, ` : `${moved}\n${indent}` }];
}

function removal(
  positions: TextPositions,
  written: readonly MapEntry[],
  index: number,
  flow: boolean,
): TextEdit | null {
  const entry = written[index];
  if (entry === undefined || !entry.own) return null;
  const next = written[index + 1];
  const start = entry.keySpan.start;
  const end = Math.max(entry.value.span.end, entry.keySpan.end);
  if (flow) {
    if (next) return { span: positions.span(start, next.keySpan.start), text: '' };
    const previous = written[index - 1];
    const from = previous ? Math.max(previous.value.span.end, previous.keySpan.end) : start;
    return { span: positions.span(from, end), text: '' };
  }
  const lineStart = positions.lineStart(start);
  if (positions.text.slice(lineStart, start).trim() === '') {
    return { span: positions.span(lineStart, positions.nextLineStart(end)), text: '' };
  }
  // Behind a `- ` the next key moves up to take its place.
  const canMoveUp = next !== undefined && blockIndent(positions, entry) !== null;
  return canMoveUp ? { span: positions.span(start, next.keySpan.start), text: '' } : null;
}

function ownEntries(map: MapNode): readonly MapEntry[] {
  return [...map.entries.values()].filter((entry) => entry.own);
}

/** Spaces that align a line with a block entry's key; null when something other than `- ` stands before the key. */
function blockIndent(positions: TextPositions, entry: MapEntry): string | null {
  const lineStart = positions.lineStart(entry.keySpan.start);
  const before = positions.text.slice(lineStart, entry.keySpan.start);
  return /^ *(?:- +)*$/.test(before) ? ' '.repeat(before.length) : null;
}
