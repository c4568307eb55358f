import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { applyEdits } from './apply-edits.ts';
import { parseRecipe } from './parse-recipe.ts';
import { PROBLEM_KINDS } from './problem-codes.ts';
import type { TextEdit, TextSpan } from './types.ts';

// Hundreds of parses a test: slow on a busy machine, and no test here is about time.
vi.setConfig({ testTimeout: 60_000 });

const FOLDER = new URL('../../e2e/data/golden/recipes/', import.meta.url);
const GOLDEN = readdirSync(FOLDER).map((file) => readFileSync(new URL(file, FOLDER), 'utf8'));

function placeOf(text: string, offset: number): { line: number; column: number } {
  const lines = text.slice(0, offset).split(/\r\n|\n|\r/);
  // An offset between CR and LF still belongs to the line they end.
  const split = text[offset - 1] === '\r' && text[offset] === '\n';
  const line = split ? lines.length - 1 : lines.length;
  return { line, column: (split ? (lines.at(-2)?.length ?? 0) + 1 : (lines.at(-1)?.length ?? 0)) + 1 };
}

function expectInside(text: string, span: TextSpan): void {
  expect(0 <= span.start && span.start <= span.end && span.end <= text.length).toBe(true);
  const from = placeOf(text, span.start);
  const to = placeOf(text, span.end);
  expect(span).toMatchObject({ ...from, endLine: to.line, endColumn: to.column });
}

function expectDisjoint(edits: readonly TextEdit[]): void {
  const ordered = [...edits].sort((a, b) => a.span.start - b.span.start);
  for (const [index, edit] of ordered.entries()) {
    expect(edit.span.start).toBeGreaterThanOrEqual(ordered[index - 1]?.span.end ?? 0);
  }
}

function expectSound(text: string): void {
  const parsed = parseRecipe(text);
  for (const { span, severity, code, fixes } of parsed.problems) {
    expect(PROBLEM_KINDS).toHaveProperty(code);
    expect(severity).toMatch(/^(error|warning)$/);
    expectInside(text, span);
    expect(span.endLine).toBe(span.line);
    for (const { edits } of fixes) {
      expect(edits.length).toBeGreaterThan(0);
      for (const edit of edits) expectInside(text, edit.span);
      expectDisjoint(edits);
      expect(applyEdits(text, edits)).not.toBe(text);
      parseRecipe(applyEdits(text, edits));
    }
  }
  if (parsed.recipe === null) expect(parsed.problems.some(({ severity }) => severity === 'error')).toBe(true);
  else expect(parsed.draft).toEqual({ ...parsed.recipe, gaps: new Set() });
  expectInside(text, parsed.locate(['models', 0, 'parameters', 'weight'], 'key'));
  expectInside(text, parsed.locate(['slices', 0, 'sources', 1, 'layer_range', 0]));
}

const PIECES = [
  '- ',
  ': ',
  '[',
  ']',
  '{',
  '}',
  ',',
  '\n',
  '\n  ',
  '\t',
  '\r\n',
  '\r',
  '"',
  "'",
  '#',
  '&a ',
  '*a',
  '<<: *a',
  '!!str ',
  '? ',
  '|',
  '>',
  '---\n',
  'merge_method: linear',
  'models:',
  'slices:',
  'sources:',
  'model: a/b',
  'layer_range: [0, 1]',
  'parameters:',
  'weight: 0.5',
  'filter: mlp',
  'value: 1',
  'dtype: bf16',
  'tokenizer_source: union',
  'null',
  '~',
  '%YAML 1.1\n',
  '\uFEFF',
  '\u0000',
  'é𝄞',
  '@',
  '`',
];
const soup = fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join(''));

/** A golden recipe with a few pieces cut out, doubled or put in. */
const mutated = fc
  .tuple(
    fc.constantFrom(...GOLDEN),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 12 }), fc.constantFrom('', ...PIECES)), {
      minLength: 1,
      maxLength: 5,
    }),
  )
  .map(([text, cuts]) =>
    cuts.reduce((current, [at, length, piece]) => {
      const from = at % (current.length + 1);
      return current.slice(0, from) + piece + current.slice(from + length);
    }, text),
  );

test('any text gives problems inside it and fixes that apply', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), expectSound), { numRuns: 300 });
  fc.assert(fc.property(soup, expectSound), { numRuns: 300 });
});

test('damaged recipes give problems inside them and fixes that apply', () => {
  fc.assert(fc.property(mutated, expectSound), { numRuns: 300 });
});

test('a misspelt key has a fix that gives the recipe back', () => {
  const keys = ['merge_method', 'models', 'slices', 'sources', 'layer_range', 'parameters', 'base_model'];
  const arbitrary = fc.tuple(fc.constantFrom(...GOLDEN), fc.constantFrom(...keys), fc.nat());
  fc.assert(
    fc.property(arbitrary, ([text, key, at]) => {
      fc.pre(text.includes(`${key}:`));
      const cut = 1 + (at % (key.length - 1));
      const broken = text.replace(`${key}:`, `${key.slice(0, cut)}${key.slice(cut + 1)}:`);
      const [problem] = parseRecipe(broken).problems;
      expect(problem?.code).toBe('unknown-key');
      expect(applyEdits(broken, problem?.fixes[0]?.edits ?? [])).toBe(text);
    }),
  );
});

const HOSTILE = [
  '[',
  '{',
  '- ',
  '? ',
  ': ',
  '- a\n',
  '1,',
  '\n',
  ' ',
  '\t',
  '#\n',
  '"',
  "'",
  'a"\n',
  '*a ',
  '&a ',
  '!a ',
  '%a\n',
  '}\n',
  '}] ',
  '---\n',
  '...\n',
  '"a\n',
  '\r',
  'a: &a ',
  '<<: ',
  '9',
  '\\',
];

test.each(HOSTILE)('256 KB of %j are refused or read', (piece) => {
  for (const start of ['', 'a: [', 'models: |\n ']) {
    const text = start + piece.repeat(Math.floor((250 * 1024) / piece.length));
    const parsed = parseRecipe(text);
    expect(parsed.recipe).toBeNull();
    expect(parsed.problems.length).toBeGreaterThan(0);
    for (const { span } of parsed.problems) expect(span.end).toBeLessThanOrEqual(text.length);
  }
});
