import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { GRAFT_VERSION } from '../../base/version.ts';
import { type LockFacts, lockFile } from './lock-file.ts';

const RECIPE = 'merge_method: linear # \u00e9\n';
const ORIGIN = {
  kind: 'hub',
  endpoint: 'https://hub',
  repo: 'o/m',
  revision: 'main',
  sha: 'c0ffee',
} as const;
const FACTS: LockFacts = {
  plan: {
    recipeText: RECIPE,
    method: 'linear',
    seed: 7,
    models: [
      { ref: 'o/m', origin: ORIGIN, files: [{ path: 'model.safetensors', sizeBytes: 3, sha256: 'ab' }] },
    ],
  },
  files: [
    { path: 'model.safetensors', sizeBytes: 9, sha256: 'cd' },
    { path: 'config.json', sizeBytes: 2, sha256: 'ef' },
  ],
  engine: { engine: 'gpu', device: 'A device' },
  createdAt: '2026-01-02T03:04:05.000Z',
};

test('names inputs, seed, engine, device and every output with its checksum', async () => {
  expect(JSON.parse(await lockFile(FACTS))).toEqual({
    formatVersion: 1,
    graftVersion: GRAFT_VERSION,
    createdAt: '2026-01-02T03:04:05.000Z',
    method: 'linear',
    seed: 7,
    recipeSha256: createHash('sha256').update(RECIPE).digest('hex'),
    engine: 'gpu',
    device: 'A device',
    models: [
      { ref: 'o/m', origin: ORIGIN, files: [{ path: 'model.safetensors', sizeBytes: 3, sha256: 'ab' }] },
    ],
    files: [
      { path: 'config.json', sizeBytes: 2, sha256: 'ef' },
      { path: 'model.safetensors', sizeBytes: 9, sha256: 'cd' },
    ],
  });
});

test.each([
  { ...ORIGIN, file: 'sub/a.safetensors' },
  { kind: 'local', name: 'local/x', file: 'a.safetensors' },
  { kind: 'demo', name: 'quill/base' },
] as const)('an origin is written whole: $kind', async (origin) => {
  const text = await lockFile({
    ...FACTS,
    plan: { ...FACTS.plan, models: [{ ref: 'x', origin, files: [] }] },
  });
  expect(JSON.parse(text).models[0].origin).toEqual(origin);
});

test('nothing else that an origin carries gets into the file', async () => {
  const origin = { ...ORIGIN, token: 'hf_secret' };
  const text = await lockFile({
    ...FACTS,
    plan: { ...FACTS.plan, models: [{ ref: 'x', origin, files: [] }] },
  });
  expect(text).not.toContain('hf_secret');
});
