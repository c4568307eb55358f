import { expect, test } from 'vitest';
import { LIMITS } from '../base/limits.ts';
import { clampBudget, DEFAULT_SETTINGS, MAX_BUDGET_BYTES, readEndpoint, readSettings } from './settings.ts';

test.each([
  ['https://huggingface.co', 'https://huggingface.co'],
  ['hub.example.org/some/path?x=1', 'https://hub.example.org'],
  ['http://127.0.0.1:4173/', 'http://127.0.0.1:4173'],
  ['http://localhost:8080', 'http://localhost:8080'],
])('%s is the hub at %s', (typed, origin) => {
  expect(readEndpoint(typed)).toBe(origin);
});

test.each([
  '',
  '   ',
  'http://hub.example.org',
  'https://user:secret@hub.example.org',
  'ftp://x.org',
  'javascript://x',
])('%j is refused', (typed) => {
  expect(readEndpoint(typed)).toBeNull();
});

test('stored settings are read one by one, bad values fall back', () => {
  expect(readSettings(undefined)).toEqual(DEFAULT_SETTINGS);
  expect(
    readSettings({ engine: 'cpu', theme: 'neon', budgetBytes: 1, endpoint: 'http://evil.example' }),
  ).toEqual({
    ...DEFAULT_SETTINGS,
    engine: 'cpu',
    budgetBytes: LIMITS.minBudgetBytes,
  });
});

test('the budget stays within its bounds', () => {
  expect(clampBudget(Number.NaN)).toBe(LIMITS.budgetBytes);
  expect(clampBudget(1e15)).toBe(MAX_BUDGET_BYTES);
});
