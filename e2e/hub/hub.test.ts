import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  checkRepoAccess,
  downloadFile,
  fileDownloadInfo,
  fileExists,
  listFiles,
  listModels,
  modelInfo,
  parseSafetensorsMetadata,
  whoAmI,
} from '@huggingface/hub';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startHub } from './server.ts';
import type { Hub, LogEntry } from './types.ts';

let hub: Hub;
let folder: string;
const weights = Uint8Array.from({ length: 50_000 }, (_, i) => (i * 7) % 256);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'hub-'));
  const model = path.join(folder, 'ada', 'small');
  mkdirSync(path.join(model, 'extra'), { recursive: true });
  writeFileSync(path.join(model, 'config.json'), '{"model_type":"llama"}');
  writeFileSync(path.join(model, 'model.safetensors'), weights);
  writeFileSync(path.join(model, 'extra', 'note äß.txt'), 'hello');
  writeFileSync(path.join(model, 'README.md'), '---\nlicense: mit\nbase_model: ada/base\n---\nText\n');
  writeFileSync(path.join(folder, 'secret.txt'), 'not of the app');
  hub = await startHub({ models: folder, app: path.join(folder, 'ada', 'small') });
});
afterAll(async () => {
  await hub.close();
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  hub.faults.clear();
  hub.clearLog();
});

const hubUrl = (): { hubUrl: string } => ({ hubUrl: hub.endpoint });

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

test('a folder is a model to the client library', async () => {
  const info = await modelInfo({
    name: 'ada/small',
    additionalFields: ['sha', 'tags', 'cardData'],
    ...hubUrl(),
  });
  expect(info).toMatchObject({ name: 'ada/small', gated: false, private: false });
  expect(info.sha).toMatch(/^[0-9a-f]{40}$/);
  expect(info.tags).toEqual(['license:mit', 'base_model:ada/base']);
  const files = await all(listFiles({ repo: 'ada/small', recursive: true, revision: info.sha, ...hubUrl() }));
  expect(files.map((file) => `${file.type} ${file.path} ${file.size}`)).toEqual([
    'file README.md 47',
    'file config.json 22',
    'directory extra 0',
    'file extra/note äß.txt 5',
    'file model.safetensors 50000',
  ]);
  expect(files.at(-1)?.lfs?.oid).toMatch(/^[0-9a-f]{64}$/);
  const names = (await all(listModels({ search: { query: 'small' }, ...hubUrl() }))).map(
    (model) => model.name,
  );
  expect(names).toContain('ada/small');
  expect(await fileExists({ repo: 'ada/small', path: 'config.json', ...hubUrl() })).toBe(true);
  expect(await fileExists({ repo: 'ada/small', path: 'nothing', ...hubUrl() })).toBe(false);
});

test('weights come from the second origin behind a signed redirect', async () => {
  const info = await fileDownloadInfo({ repo: 'ada/small', path: 'model.safetensors', ...hubUrl() });
  expect(info?.size).toBe(50_000);
  const blob = await downloadFile({ repo: 'ada/small', path: 'model.safetensors', ...hubUrl() });
  expect(new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0))).toEqual(weights);
  expect(hub.log().some((entry) => entry.origin === 'cdn')).toBe(true);
  const response = await fetch(`${hub.endpoint}/ada/small/resolve/main/model.safetensors`);
  const signed = new URL(response.url);
  expect(signed.origin).toBe(hub.cdnOrigin);
  signed.searchParams.set('Signature', '0');
  expect((await fetch(signed)).status).toBe(403);
  expect(await downloadFile({ repo: 'ada/small', path: 'nothing', ...hubUrl() })).toBeNull();
});

test('a change of a file makes a new commit, and the old one is no more', async () => {
  const before = await modelInfo({ name: 'ada/small', additionalFields: ['sha'], ...hubUrl() });
  writeFileSync(path.join(folder, 'ada', 'small', 'config.json'), '{"model_type":"gpt2"}');
  const after = await modelInfo({ name: 'ada/small', additionalFields: ['sha'], ...hubUrl() });
  expect(after.sha).not.toBe(before.sha);
  await expect(modelInfo({ name: 'ada/small', revision: before.sha, ...hubUrl() })).rejects.toMatchObject({
    statusCode: 404,
  });
});

test('a virtual model of 7 B parameters has valid headers and the same bytes at every reading', async () => {
  const repo = 'virtual/mistral-7b-v0.1-a';
  const metadata = await parseSafetensorsMetadata({ repo, computeParametersCount: true, ...hubUrl() });
  expect(metadata.parameterCount).toEqual({ BF16: 7_241_732_096 });
  const url = `${hub.endpoint}/${repo}/resolve/main/model-00002-of-00003.safetensors`;
  const read = async (start: number, end: number): Promise<Buffer> => {
    const response = await fetch(url, { headers: { Range: `bytes=${start}-${end - 1}` } });
    expect(response.status).toBe(206);
    return Buffer.from(await response.arrayBuffer());
  };
  const whole = await read(3_000_000_001, 3_000_100_001);
  expect(Buffer.compare(await read(3_000_050_001, 3_000_050_101), whole.subarray(50_000, 50_100))).toBe(0);
  const values = new Uint16Array(new Uint8Array(whole.subarray(1, 80_001)).buffer);
  const exponents = values.map((bits) => (bits >>> 7) & 0xff);
  expect(Math.max(...exponents)).toBeLessThan(130);
});

test('variants of a family differ a little, and keep the same layout', async () => {
  hub.addVirtual({ name: 'made/one', totalBytes: 5_000_000, dtype: 'F32', shardBytes: 2_000_000 });
  const files = await all(listFiles({ repo: 'made/one-base', recursive: true, ...hubUrl() }));
  const sizes = files.filter((file) => file.path.endsWith('.safetensors')).map((file) => file.size);
  expect(sizes.length).toBeGreaterThan(2);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(Math.abs(total / 5_000_000 - 1)).toBeLessThan(0.01);
  const tail = async (repo: string): Promise<Float32Array> => {
    const path = files.find((file) => file.path.startsWith('model-00002'))?.path;
    const response = await fetch(`${hub.endpoint}/${repo}/resolve/main/${path}`);
    return new Float32Array((await response.arrayBuffer()).slice(-40_000));
  };
  const [base, tuned] = await Promise.all([tail('made/one-base'), tail('made/one-a')]);
  const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
  const change = norm(base.map((x, i) => x - (tuned[i] ?? 0))) / norm(base);
  expect(change).toBeGreaterThan(0.05);
  expect(change).toBeLessThan(0.2);
});

test('every dtype of a made-up family is finite and of the asked width', async () => {
  for (const dtype of ['F16', 'BF16'] as const) {
    hub.addVirtual({ name: `made/${dtype}`, totalBytes: 3_000_000, dtype });
    const metadata = await parseSafetensorsMetadata({ repo: `made/${dtype}-b`, ...hubUrl() });
    const header = metadata.sharded ? {} : metadata.header;
    expect(header['lm_head.weight']).toMatchObject({ dtype });
  }
  const response = await fetch(`${hub.endpoint}/made/F16-b/resolve/main/model.safetensors`);
  const bytes = await response.arrayBuffer();
  const halves = new Uint16Array(
    bytes.slice(bytes.byteLength % 2 === 0 ? -200_000 : -200_001, -1).slice(0, 199_998),
  );
  expect(halves.every((bits) => (bits & 0x7c00) !== 0x7c00)).toBe(true);
});

test('faults are set and the log read over HTTP', async () => {
  const post = (body: unknown): Promise<Response> =>
    fetch(`${hub.endpoint}/__faults`, { method: 'POST', body: JSON.stringify(body) });
  await post([{ match: 'config\\.json$', kind: 'status', status: 500, times: 2, after: 1 }]);
  const url = `${hub.endpoint}/ada/small/resolve/main/config.json`;
  const statuses: number[] = [];
  for (let i = 0; i < 4; i++) statuses.push((await fetch(url)).status);
  expect(statuses).toEqual([200, 500, 500, 200]);
  const log = (await (await fetch(`${hub.endpoint}/__log`)).json()) as LogEntry[];
  expect(log.map((entry) => entry.fault)).toEqual([null, 'status', 'status', null]);
  expect((await post({ match: 'x', kind: 'nonsense' })).status).toBe(500);
  await fetch(`${hub.endpoint}/__log`, { method: 'DELETE' });
  expect(hub.log()).toHaveLength(0);
});

test('browsers may send Authorization to the hub, and nothing that needs a preflight to the download host', async () => {
  const ask = (origin: string): Promise<Response> =>
    fetch(`${origin}/ada/small/resolve/main/config.json`, { method: 'OPTIONS' });
  const allowed = await ask(hub.endpoint);
  expect(allowed.headers.get('Access-Control-Allow-Headers')).toContain('Authorization');
  const refused = await ask(hub.cdnOrigin);
  expect(refused.status).toBe(403);
  expect(refused.headers.get('Access-Control-Allow-Origin')).toBeNull();
});

test('access follows the policies', async () => {
  hub.setPolicy('virtual/gpt2-a', { private: true, readers: ['hf_reader'] });
  const repo = 'virtual/gpt2-a';
  await expect(checkRepoAccess({ repo, ...hubUrl() })).rejects.toMatchObject({ statusCode: 401 });
  await checkRepoAccess({ repo, accessToken: 'hf_reader', ...hubUrl() });
  expect(await whoAmI({ accessToken: 'hf_reader', ...hubUrl() })).toMatchObject({ name: 'reader' });
});

test('the app is served with its types, and nothing outside it', async () => {
  const config = await fetch(`${hub.endpoint}/config.json`);
  expect(config.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
  expect(config.headers.get('Cache-Control')).toBe('no-store');
  expect((await fetch(`${hub.endpoint}/missing.js`)).status).toBe(404);
  expect((await fetch(`${hub.endpoint}/..%2f..%2fsecret.txt`)).status).toBe(404);
  const part = await fetch(`${hub.endpoint}/model.safetensors`, { headers: { Range: 'bytes=5-6' } });
  expect(new Uint8Array(await part.arrayBuffer())).toEqual(weights.slice(5, 7));
});
