import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GRAFT_VERSION } from './version.ts';

test("is package.json's", () => {
  const packageFile = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(GRAFT_VERSION).toBe(packageFile.version);
});
