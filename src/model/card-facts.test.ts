import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCard } from './card-facts.ts';

test.each([
  ['scalar', 'license: MIT\nbase_model: org/a', { license: 'mit', baseModels: ['org/a'] }],
  ['list', 'base_model:\n- org/a\n  # note\nlicense: x', { license: 'x', baseModels: ['org/a'] }],
  [
    'indented list',
    'base_model:\n  - "org/a"\n  - org/b # base\ntags:\n  - c',
    { license: null, baseModels: ['org/a', 'org/b'] },
  ],
  ['one-line list', "base_model: ['org/a', org/b]", { license: null, baseModels: ['org/a', 'org/b'] }],
  ['several licenses', 'license:\n- mit\n- gpl-3.0', { license: 'other', baseModels: [] }],
  ['hostile values', 'license: <script>\nbase_model: "a\\nb: c"', { license: null, baseModels: [] }],
])('%s', (_name, front, facts) => {
  expect(parseCard(`---\n${front}\n---\ntext`)).toEqual(facts);
  expect(parseCard(`---\r\n${front.replaceAll('\n', '\r\n')}\r\n---\r\n`)).toEqual(facts);
});

test('a card without front matter, or with an unfinished one, says nothing', () => {
  expect(parseCard('# Title\n---\nlicense: mit\n---')).toEqual({ license: null, baseModels: [] });
  expect(parseCard('---\nlicense: mit\n')).toEqual({ license: null, baseModels: [] });
});

test('whatever the card holds, facts are plain names', () => {
  const line = fc.constantFrom(
    'license:',
    'base_model:',
    '- ',
    '- [',
    '  - a/b',
    'license: [[[[',
    'x: &a *a',
    '"',
    '#',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string())), (lines) => {
      const { license, baseModels } = parseCard(`---\n${lines.join('\n')}\n---\n`);
      for (const value of [license ?? 'none', ...baseModels]) expect(value).toMatch(/^[\w.+/-]+$/);
    }),
  );
});
