import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Hub } from '../../e2e/hub/types.ts';
import { demoManifest } from '../../e2e/tools/demo-manifest.ts';
import type { ModelRef } from '../recipe/types.ts';
import { MODEL, startTestHub, WEIGHTS } from './hub.test-helper.ts';
import { openModel, reopenModel } from './open-model.ts';
import type { SourceSettings } from './types.ts';

const PUBLIC = new URL('../../public/', import.meta.url);

let hub: Hub;
let settings: SourceSettings;
let options: { demoRoot: URL };

beforeAll(async () => {
  hub = await startTestHub({ app: fileURLToPath(PUBLIC) });
  settings = { endpoint: hub.endpoint, token: null, demo: true, locals: [] };
  options = { demoRoot: new URL('/demo/', hub.endpoint) };
});
afterAll(() => hub.close());

const ref = (repo: string): ModelRef => ({ text: repo, repo, revision: null, adapter: null });

function local(name: string): SourceSettings['locals'][number] {
  return { name, content: { kind: 'files', files: [{ path: 'config.json', file: new File(['{}'], 'c') }] } };
}

test('the manifest lists the demo files as they are', () => {
  expect(JSON.parse(readFileSync(new URL('demo/index.json', PUBLIC), 'utf8'))).toEqual(demoManifest());
});

test('an opened folder wins over a demo model, and that over the Hub', async () => {
  const mine = { ...settings, locals: [local('quill/base'), local(MODEL)] };
  expect((await openModel(ref(MODEL), mine, undefined, options)).origin.kind).toBe('local');
  expect((await openModel(ref('quill/base'), mine, undefined, options)).origin.kind).toBe('local');
  expect((await openModel(ref('quill/base'), settings, undefined, options)).origin.kind).toBe('demo');
  expect((await openModel(ref(MODEL), settings, undefined, options)).origin.kind).toBe('hub');
  const bare = { ...settings, demo: false };
  await expect(openModel(ref('quill/base'), bare, undefined, options)).rejects.toMatchObject({
    tag: 'ModelNotFound',
  });
  await expect(openModel(ref('quill/none'), settings, undefined, options)).rejects.toMatchObject({
    tag: 'ModelNotFound',
  });
});

test('a demo file is fetched once, whole, and read at any offset', async () => {
  const model = await openModel(ref('quill/add'), settings, undefined, options);
  hub.clearLog();
  const source = await model.open('model.safetensors');
  const truth = readFileSync(new URL('demo/quill/add/model.safetensors', PUBLIC));
  const target = new Uint8Array(5000);
  await Promise.all([source.read(100, target), source.read(0, new Uint8Array(8))]);
  expect(Buffer.compare(target, truth.subarray(100, 5100))).toBe(0);
  expect(hub.log()).toHaveLength(1);
  await expect(source.read(source.sizeBytes, target)).rejects.toMatchObject({ tag: 'InvalidFile' });
});

test('a model is opened again at its commit, with files of the same size', async () => {
  const first = await openModel(ref(MODEL), settings);
  const again = await reopenModel(first.origin, settings, undefined, first.entries);
  expect(again.origin).toEqual(first.origin);
  const longer = first.entries.map((entry) => ({ ...entry, sizeBytes: entry.sizeBytes + 1 }));
  await expect(reopenModel(first.origin, settings, undefined, longer)).rejects.toMatchObject({
    tag: 'SourceChanged',
  });
});

test('one file of a model is opened alone, and again for the run', async () => {
  const one = await openModel({ ...ref(MODEL), file: WEIGHTS }, settings);
  const whole = await openModel(ref(MODEL), settings);
  expect(one.origin).toEqual({ ...whole.origin, file: WEIGHTS });
  expect(one.entries.map(({ path }) => path)).toEqual(['README.md', WEIGHTS]);
  const again = await reopenModel(one.origin, settings, undefined, one.entries);
  expect((await again.open(WEIGHTS)).sizeBytes).toBe((await one.open(WEIGHTS)).sizeBytes);
});

test('a file below a folder that was opened, and one that is not there', async () => {
  const files = ['unet/a.safetensors', 'b.safetensors'].map((path) => ({
    path,
    file: new File(['x'], path),
  }));
  const mine = { ...settings, locals: [{ name: 'local/x', content: { kind: 'files' as const, files } }] };
  const one = await openModel({ ...ref('local/x'), file: 'unet/a.safetensors' }, mine);
  expect(one.origin).toEqual({ kind: 'local', name: 'local/x', file: 'unet/a.safetensors' });
  expect(one.entries.map(({ path }) => path)).toEqual(['unet/a.safetensors']);
  await expect(openModel({ ...ref('local/x'), file: 'c.safetensors' }, mine)).rejects.toMatchObject({
    tag: 'FileMissing',
    fix: 'It has local/x/b.safetensors, local/x/unet/a.safetensors.',
  });
});

test('another hub is never given the token of the settings', async () => {
  const { origin } = await openModel(ref(MODEL), settings);
  hub.clearLog();
  await reopenModel(origin, { ...settings, endpoint: 'https://huggingface.co', token: 'hf_secret' });
  expect(hub.log().map((entry) => entry.authorization)).toEqual([false, false]);
});

test('a folder that is no longer open asks for permission', async () => {
  const first = await openModel(ref('mine/x'), { ...settings, locals: [local('mine/x')] });
  await expect(reopenModel(first.origin, settings)).rejects.toMatchObject({ tag: 'PermissionNeeded' });
});

test('a folder whose file was written to since is not the one a run was planned with', async () => {
  const written = (lastModified: number) => ({
    ...settings,
    locals: [
      {
        name: 'local/x',
        content: {
          kind: 'files' as const,
          files: [{ path: 'config.json', file: new File(['{}'], 'config.json', { lastModified }) }],
        },
      },
    ],
  });
  const { origin, entries } = await openModel(ref('local/x'), written(1000));
  expect((await reopenModel(origin, written(1000), undefined, entries)).entries).toEqual(entries);
  await expect(reopenModel(origin, written(2000), undefined, entries)).rejects.toMatchObject({
    tag: 'SourceChanged',
  });
});

test('no hub is asked about the name of a folder', async () => {
  hub.clearLog();
  await expect(openModel(ref('local/x'), settings)).rejects.toMatchObject({ tag: 'PermissionNeeded' });
  expect(hub.log()).toEqual([]);
});
