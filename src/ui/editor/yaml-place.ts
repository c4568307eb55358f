/**
 * Where the cursor is in a YAML text that is still being written, found from lines and indentation alone: a text in
 * the middle of a word does not parse, and that is when completion is wanted.
 *
 * Knows block style, the one recipes are written in; inside `[...]` or `{...}` it gives the place of the whole value.
 */

export interface YamlPlace {
  /** Keys from the root to the mapping or value at the cursor; sequence entries count as `0`. */
  readonly path: readonly (string | number)[];
  /** Whether a key or a value would be typed here. */
  readonly role: 'key' | 'value';
  /** What is typed of it so far, and where that begins (UTF-16 offset). */
  readonly typed: string;
  readonly start: number;
  /** Keys that the mapping at `path` has already (for `key` only). */
  readonly siblings: readonly string[];
}

interface Line {
  /** Column of the first character that counts, after any `- `. */
  readonly column: number;
  /** Columns of the dashes that open sequence entries on this line. */
  readonly dashes: readonly number[];
  /** The key before the colon; null for a line without one. */
  readonly key: string | null;
  /** Column just after the colon; meaningless without a key. */
  readonly afterColon: number;
}

const LINE = /^( *)((?:- +|-$)*)(?:("[^"]*"|'[^']*'|[^\s#"'[{][^:#]*?)\s*:(?= |$))?/;

/** The place of `offset` in `text`. Null inside a comment. */
export function placeAt(text: string, offset: number): YamlPlace | null {
  const lines = text.slice(0, offset).split('\n');
  const before = lines.pop() ?? '';
  if (/(^|\s)#/.test(before)) return null;
  const line = readLine(before);
  const lineStart = offset - before.length;
  if (line.key !== null) {
    const typed = before.slice(line.afterColon).trimStart();
    const parent = pathOf(lines, line);
    return {
      path: [...parent, line.key],
      role: 'value',
      typed,
      start: offset - typed.length,
      siblings: [],
    };
  }
  const typed = before.slice(line.column);
  const path = pathOf(lines, line);
  return {
    path,
    role: isListValue(path, line, typed) ? 'value' : 'key',
    typed,
    start: lineStart + line.column,
    siblings: siblingsOf(text, offset, line),
  };
}

/** `- 0.5` in a gradient: what follows the dash is text that no key can begin with. */
function isListValue(path: readonly (string | number)[], line: Line, typed: string): boolean {
  return line.dashes.length > 0 && path.length > 0 && /^[\d.+-]/.test(typed);
}

function readLine(text: string): Line {
  const match = LINE.exec(text);
  const indent = match?.[1] ?? '';
  const dashText = match?.[2] ?? '';
  const dashes: number[] = [];
  for (let index = 0; index < dashText.length; index++) {
    if (dashText[index] === '-') dashes.push(indent.length + index);
  }
  const raw = match?.[3];
  return {
    column: indent.length + dashText.length,
    dashes,
    key: raw === undefined ? null : raw.replace(/^(["'])(.*)\1$/, '$2'),
    afterColon: match?.[0] === undefined ? 0 : match[0].length,
  };
}

/** Keys and entries that enclose `line`, read upwards: each step must stand further left than the one below it. */
function pathOf(above: readonly string[], line: Line): (string | number)[] {
  const path: (string | number)[] = [];
  let column = line.column;
  const pass = (dashes: readonly number[]) => {
    for (const dash of dashes.toReversed()) {
      if (dash < column) {
        path.unshift(0);
        column = dash;
      }
    }
  };
  pass(line.dashes);
  for (let index = above.length - 1; index >= 0; index--) {
    const text = above[index] ?? '';
    if (/^\s*(#|$)/.test(text)) continue;
    const upper = readLine(text);
    const opensEntry = path[0] === 0;
    // A sequence may stand flush with the key that holds it: `models:` and `- model:` in the same column.
    const holds =
      upper.column < column || (opensEntry && upper.column === column && upper.dashes.length === 0);
    if (upper.key !== null && holds) {
      path.unshift(upper.key);
      column = upper.column;
      pass(upper.dashes);
    } else if (upper.column <= column && upper.dashes.length > 0) {
      // A sibling key on the line that opens the entry: `- model: x` above `parameters:`.
      pass(upper.dashes);
    }
    if (column === 0 && !opensWithEntry(path)) break;
  }
  return path;
}

/** At column 0 an entry still needs the key above it, which stands in the same column. */
function opensWithEntry(path: readonly (string | number)[]): boolean {
  return path[0] === 0;
}

/** Keys in the same mapping as the line at `offset`: same column, no line further left in between. */
function siblingsOf(text: string, offset: number, line: Line): string[] {
  const lines = text.split('\n');
  const at = text.slice(0, offset).split('\n').length - 1;
  const keys: string[] = [];
  const scan = (from: number, step: number) => {
    for (let index = from; index >= 0 && index < lines.length; index += step) {
      const each = lines[index] ?? '';
      if (/^\s*(#|$)/.test(each)) continue;
      const read = readLine(each);
      const first = read.dashes[0] ?? read.column;
      if (step > 0 && first < line.column) return;
      if (read.column === line.column && read.key !== null) keys.push(read.key);
      if (step < 0 && first < line.column) return;
    }
  };
  if (line.dashes.length === 0) scan(at - 1, -1);
  scan(at + 1, 1);
  return keys;
}
