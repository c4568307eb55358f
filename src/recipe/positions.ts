/** Offsets in a text as spans with lines and columns. */

import type { TextSpan } from './types.ts';

/** Line starts of one text. Lines end at LF, CRLF or CR, as in the editor. */
export class TextPositions {
  readonly text: string;
  readonly #lineStarts: readonly number[];

  constructor(text: string) {
    this.text = text;
    const starts = [0];
    for (const match of text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
    this.#lineStarts = starts;
  }

  /** The span of `[start, end)`; both are clamped into the text. */
  span(start: number, end: number): TextSpan {
    const from = Math.min(Math.max(0, start), this.text.length);
    const to = Math.min(Math.max(from, end), this.text.length);
    const first = this.#place(from);
    const last = this.#place(to);
    return {
      start: from,
      end: to,
      line: first.line,
      column: first.column,
      endLine: last.line,
      endColumn: last.column,
    };
  }

  /** The part of `span` on its first line: long markers hide what they mark. */
  firstLine(span: TextSpan): TextSpan {
    if (span.line === span.endLine) return span;
    return this.span(span.start, Math.max(span.start, this.lineEnd(span.start)));
  }

  /** Offset of the first character of the line that holds `offset`. */
  lineStart(offset: number): number {
    return offset - this.#place(offset).column + 1;
  }

  /** Offset just behind the last character of the line that holds `offset`, before its line break. */
  lineEnd(offset: number): number {
    const next = this.#lineStarts[this.#place(offset).line] ?? this.text.length + 1;
    let end = Math.min(next, this.text.length);
    while (end > offset && isBreak(this.text[end - 1])) end--;
    return end;
  }

  /** Offset of the next line's first character, or the text's end. */
  nextLineStart(offset: number): number {
    return this.#lineStarts[this.#place(offset).line] ?? this.text.length;
  }

  #place(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#lineStarts[low] ?? 0) + 1 };
  }
}

function isBreak(character: string | undefined): boolean {
  return character === '\n' || character === '\r';
}
