import { expect, test } from 'vitest';
import { missingAbilities } from './support.ts';

const scope = (fields: object) => fields as unknown as typeof globalThis;
const able = {
  isSecureContext: true,
  Worker: class {},
  navigator: { storage: { getDirectory: () => undefined }, locks: { request: () => undefined } },
};

test('a current browser lacks nothing', () => {
  expect(missingAbilities(scope(able))).toEqual([]);
});

test('each lack is said in words', () => {
  expect(missingAbilities(scope({ ...able, navigator: {} }))).toEqual([
    'it has no private file system',
    'it has no locks between tabs',
  ]);
  expect(missingAbilities(scope({ ...able, isSecureContext: false }))[0]).toContain('https');
});
