import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PLAN_PROBLEMS } from './problem-codes.ts';

test('the README lists every code with its severity', () => {
  const text = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `([\w-]+)` +\| (\w+) +\|/gm)].map(([, code, severity]) => [
    code,
    severity,
  ]);
  expect(rows).toEqual(Object.entries(PLAN_PROBLEMS));
});
