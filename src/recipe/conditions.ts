/**
 * Which tensors an entry of a conditional list is for. mergekit 0.1.4 knows one condition, a plain part of the name;
 * globs, layers and kinds are Graft's own. An entry counts when all its conditions hold.
 */

import type { FilterKind, LayerSpan } from './definitions.ts';
import type { ConditionalValue } from './types.ts';

/** What conditions are tested against. */
export interface FilterSubject {
  readonly name: string;
  /** The tensor's layer as its name counts it; null outside layers. */
  readonly layer: number | null;
  /** Null for what none of the kinds covers. */
  readonly kind: FilterKind | null;
}

type Condition = Omit<ConditionalValue, 'value'>;

/** True when every condition of the entry holds for `subject`. */
export function conditionMatches({ filter, layers, kind }: Condition, subject: FilterSubject): boolean {
  return (
    (kind === null || kind === subject.kind) &&
    (layers === null || inLayers(layers, subject.layer)) &&
    filterMatches(filter, subject.name)
  );
}

/** True when the entry is for every tensor there is. */
export function matchesAll({ filter, layers, kind }: Condition): boolean {
  return (filter === null || /^\**$/.test(filter)) && layers === null && kind === null;
}

/** True for a filter with a `*` in it, which is compared with whole names; `*` alone is mergekit's "every tensor". */
export function isGlob(filter: string): boolean {
  return filter !== '*' && filter.includes('*');
}

/** No filter and `*` match every name, a glob the whole of a name, any other text a part of it. */
export function filterMatches(filter: string | null, name: string): boolean {
  if (filter === null || filter === '*') return true;
  return isGlob(filter) ? globMatches(filter, name) : name.includes(filter);
}

function inLayers(spans: readonly LayerSpan[], layer: number | null): boolean {
  return layer !== null && spans.some(([first, last]) => first <= layer && layer <= last);
}

/**
 * `*` stands for any run of characters. Each piece between stars is taken where it first fits, which never needs to be
 * undone, so the time grows with the name and not with the number of stars.
 */
function globMatches(glob: string, name: string): boolean {
  const pieces = glob.split('*');
  const literalLength = glob.length - pieces.length + 1;
  const head = pieces.shift() ?? '';
  const tail = pieces.pop() ?? '';
  if (literalLength > name.length || !name.startsWith(head) || !name.endsWith(tail)) return false;
  let from = head.length;
  const end = name.length - tail.length;
  for (const piece of pieces) {
    const at = name.indexOf(piece, from);
    if (at < 0 || at + piece.length > end) return false;
    from = at + piece.length;
  }
  return from <= end;
}
