import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Hub } from '../../e2e/hub/types.ts';
import { fakeEnvironment, MODEL, startTestHub, WEIGHTS } from './hub.test-helper.ts';
import { openHubModel } from './hub-source.ts';
import { searchModels } from './search-hub.ts';

let hub: Hub;

beforeAll(async () => {
  hub = await startTestHub({
    pageSize: 2,
    tokens: ['hf_reader', 'hf_stranger'],
    policies: {
      'test/tiny-a': { gated: 'auto', readers: ['hf_reader'] },
      'test/tiny-b': { private: true, readers: ['hf_reader'] },
      'test/old-name': { renamedTo: MODEL },
    },
  });
});
afterAll(() => hub.close());

function open(repo: string, token: string | null = null, revision: string | null = null) {
  return openHubModel({ endpoint: hub.endpoint, token, repo, revision, environment: fakeEnvironment() });
}

test('a branch is pinned to its commit and the files are listed page by page', async () => {
  const model = await open(MODEL);
  expect(model.origin).toMatchObject({ kind: 'hub', endpoint: hub.endpoint, repo: MODEL, revision: 'main' });
  expect(model.entries.map((entry) => entry.path)).toEqual([
    'README.md',
    'config.json',
    'model.safetensors',
    'tokenizer_config.json',
  ]);
  const sha = model.origin.kind === 'hub' ? model.origin.sha : '';
  expect(sha).toMatch(/^[0-9a-f]{40}$/);
  hub.clearLog();
  const config = await model.open('config.json');
  const bytes = new Uint8Array(config.sizeBytes);
  await config.read(0, bytes);
  expect(JSON.parse(new TextDecoder().decode(bytes))).toMatchObject({ model_type: 'llama' });
  expect(hub.log().map((entry) => entry.path)).toEqual([`/${MODEL}/resolve/${sha}/config.json`]);
  await expect(model.open('missing.json')).rejects.toMatchObject({ tag: 'FileMissing' });
});

test('the commit itself is a revision; another one is not', async () => {
  const { origin } = await open(MODEL);
  const sha = origin.kind === 'hub' ? origin.sha : '';
  expect((await open(MODEL, null, sha)).origin).toMatchObject({ sha });
  await expect(open(MODEL, null, 'v2')).rejects.toMatchObject({
    tag: 'ModelNotFound',
    message: `${MODEL}@v2 has no such revision.`,
  });
});

test('missing, renamed, private and gated models are told apart', async () => {
  await expect(open('test/nothing')).rejects.toMatchObject({ tag: 'ModelNotFound' });
  await expect(open('../etc')).rejects.toMatchObject({ tag: 'ModelNotFound' });
  await expect(open('test/old-name')).rejects.toMatchObject({
    tag: 'ModelRenamed',
    fix: `Write ${MODEL} in the recipe.`,
  });
  await expect(open('test/tiny-b')).rejects.toMatchObject({ tag: 'ModelPrivate' });
  await expect(open('test/tiny-a')).rejects.toMatchObject({ tag: 'ModelGated', fix: /^Sign in/ });
  await expect(open('test/tiny-a', 'hf_stranger')).rejects.toMatchObject({
    tag: 'ModelGated',
    fix: /^Open the page/,
  });
  await expect(open(MODEL, 'hf_wrong')).rejects.toMatchObject({ tag: 'Unauthorized' });
});

test('a token that may read them opens gated and private models', async () => {
  for (const repo of ['test/tiny-a', 'test/tiny-b']) {
    const model = await open(repo, 'hf_reader');
    const source = await model.open(WEIGHTS);
    await source.read(0, new Uint8Array(8));
  }
});

test('a hub that hides what is missing leaves both readings open', async () => {
  const hiding = await startTestHub({ hideMissing: true });
  const opening = openHubModel({
    endpoint: hiding.endpoint,
    token: null,
    repo: 'test/nothing',
    revision: null,
  });
  await expect(opening).rejects.toMatchObject({
    tag: 'ModelPrivate',
    message: 'test/nothing is private, or there is no model of that name.',
  });
  await hiding.close();
});

test('an unreachable hub is told after three tries', async () => {
  const environment = fakeEnvironment();
  const opening = openHubModel({
    endpoint: 'http://127.0.0.1:1',
    token: null,
    repo: MODEL,
    revision: null,
    environment,
  });
  await expect(opening).rejects.toMatchObject({ tag: 'NetworkLost' });
  expect(environment.sleepsMs).toEqual([250, 500]);
  await expect(
    openHubModel({ endpoint: 'nowhere', token: null, repo: MODEL, revision: null }),
  ).rejects.toMatchObject({ tag: 'BadAnswer' });
});

test('a pinned commit that the hub no longer gives is SourceChanged', async () => {
  const fake: typeof fetch = async () => Response.json({ id: MODEL, sha: 'b'.repeat(40), gated: false });
  const opening = openHubModel({
    endpoint: hub.endpoint,
    token: null,
    repo: MODEL,
    revision: 'main',
    sha: 'a'.repeat(40),
    fetch: fake,
  });
  await expect(opening).rejects.toMatchObject({ tag: 'SourceChanged' });
});

test('a listing that links to another origin is refused and never sees the token', async () => {
  const asked: string[] = [];
  const fake: typeof fetch = async (input) => {
    asked.push(new URL(String(input)).origin);
    if (String(input).includes('/revision/')) {
      return Response.json({ id: MODEL, sha: 'a'.repeat(40), gated: false });
    }
    return Response.json([], { headers: { Link: '<https://evil.example/next>; rel="next"' } });
  };
  const opening = openHubModel({
    endpoint: hub.endpoint,
    token: 'hf_reader',
    repo: MODEL,
    revision: null,
    fetch: fake,
  });
  await expect(opening).rejects.toMatchObject({ tag: 'BadAnswer' });
  expect(new Set(asked)).toEqual(new Set([hub.endpoint]));
});

for (const [what, entry] of [
  ['climbs out', { type: 'file', path: '../x', size: 1 }],
  ['has no size', { type: 'file', path: 'x', size: -1 }],
] as const) {
  test(`a file list whose entry ${what} is BadAnswer`, async () => {
    const fake: typeof fetch = async (input) =>
      String(input).includes('/revision/')
        ? Response.json({ id: MODEL, sha: 'a'.repeat(40), gated: false })
        : Response.json([entry]);
    const opening = openHubModel({
      endpoint: hub.endpoint,
      token: null,
      repo: MODEL,
      revision: null,
      fetch: fake,
    });
    await expect(opening).rejects.toMatchObject({ tag: 'BadAnswer' });
  });
}

test('search finds models by name with their licence', async () => {
  const hits = await searchModels({ endpoint: hub.endpoint, token: null, query: 'tiny', limit: 3 });
  expect(hits.map((hit) => hit.id)).toEqual([MODEL, 'test/tiny-a', 'test/tiny-c']);
  expect(hits[0]).toMatchObject({ license: 'apache-2.0', gated: false, private: false });
  expect(hits[1]).toMatchObject({ gated: true });
});
