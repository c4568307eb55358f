/** The one replacement that turns a text into another, so that the cursor and folds elsewhere stay where they are. */

export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Null for equal texts. Never cuts a surrogate pair in two. */
export function smallestEdit(from: string, to: string): Replacement | null {
  if (from === to) return null;
  const shorter = Math.min(from.length, to.length);
  let head = 0;
  while (head < shorter && from[head] === to[head]) head++;
  if (isHighSurrogate(from, head - 1)) head--;
  let tail = 0;
  while (tail < shorter - head && from[from.length - 1 - tail] === to[to.length - 1 - tail]) tail++;
  if (tail > 0 && isHighSurrogate(from, from.length - tail - 1)) tail--;
  return { start: head, end: from.length - tail, text: to.slice(head, to.length - tail) };
}

function isHighSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xd800 && unit < 0xdc00;
}
