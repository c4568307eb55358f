/** Where a text names its models, so that each name can carry its model's colour. */

export interface ModelMark {
  readonly ref: string;
  readonly start: number;
  readonly end: number;
}

const VALUE = /^[ \t-]*(?:model|base_model|path):[ \t]+(["']?)([^"'#\n]+?)\1[ \t]*(?:#.*)?$/gm;

/** Places of the given references, in text order. */
export function modelMarks(text: string, refs: ReadonlySet<string>): ModelMark[] {
  const marks: ModelMark[] = [];
  for (const match of text.matchAll(VALUE)) {
    const ref = match[2] ?? '';
    if (!refs.has(ref)) continue;
    const start = match.index + match[0].indexOf(ref, match[0].indexOf(':'));
    marks.push({ ref, start, end: start + ref.length });
  }
  return marks;
}
