/** Text edits, as quick fixes carry them. */

import type { TextEdit } from './types.ts';

/** `text` with all `edits` made at once. Their spans refer to `text` and must not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const ordered = [...edits].sort((a, b) => a.span.start - b.span.start);
  let result = '';
  let from = 0;
  for (const { span, text: replacement } of ordered) {
    result += text.slice(from, span.start) + replacement;
    from = span.end;
  }
  return result + text.slice(from);
}
