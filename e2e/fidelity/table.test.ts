import { expect, test } from 'vitest';
import { fidelityTables, withTables } from './table.ts';

test('shares are never rounded up to all', () => {
  const tally = { elementCount: 10_000_000, right: 9_999_999, undecided: 2, largestUlps: 1 };
  const tables = fidelityTables([
    { engine: 'gpu', device: 'a card', tallies: new Map([['linear', new Map([['bfloat16', tally]])]]) },
  ]);
  expect(tables).toContain('gpu: a card.');
  expect(tables).toMatch(/\| linear +\| +\| +\| 99\.9999 %, 1 +\| < 0\.0001 % +\| 61\.5 % +\|/);
});

test('tables go between the markers, and nothing else changes', () => {
  const document = 'a\n<!-- fidelity: begin -->\nold\n<!-- fidelity: end -->\nb\n';
  const renewed = withTables(document, 'new');
  expect(renewed).toBe('a\n<!-- fidelity: begin -->\n\nnew\n\n<!-- fidelity: end -->\nb\n');
  expect(withTables(renewed, 'new')).toBe(renewed);
  expect(() => withTables('a', 'new')).toThrow('the document has no');
});
