import type { RunStatus } from '../../src/engine/protocol.ts';
import type { App } from '../fixtures/app.ts';
import { withModels } from '../fixtures/model-folder.ts';
import { test as base, expect } from '../fixtures/shared-app.ts';
import type { FaultSpec, Hub, LogEntry } from '../hub/types.ts';

const MODELS = { 'tiny/add': { of: 'quill/add' }, 'tiny/upper': { of: 'quill/upper' } };
const RECIPE =
  'merge_method: linear\nparameters: {weight: 0.5}\nmodels: [{model: tiny/add}, {model: tiny/upper}]\n';

/** Cut into several pieces of work under the smallest budget. */
const LARGE = { name: 'virtual/large', totalBytes: 48e6, dtype: 'BF16' } as const;
const LARGE_RECIPE =
  'merge_method: linear\nparameters: {weight: 0.5}\nmodels: [{model: virtual/large-a}, {model: virtual/large-b}]\n';
const SMALLEST_BUDGET = 64 * 1024 * 1024;

interface WorkerFixtures {
  readonly modelsDir: string;
  /** SHA-256 of the weights by recipe, from merges that nothing disturbed. */
  readonly undisturbed: ReadonlyMap<string, string | undefined>;
}

const test = base.extend<object, WorkerFixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs from its first parameter.
  modelsDir: [({}, use) => withModels(MODELS, use), { scope: 'worker' }],
  undisturbed: [
    async ({ sharedApp: app, sharedHub: hub }, use) => {
      hub.addVirtual(LARGE);
      const sums = new Map<string, string | undefined>();
      for (const recipe of [RECIPE, LARGE_RECIPE]) {
        const run = await app.waitForRun(await start(app, recipe), 'done');
        sums.set(recipe, weightsOf(run));
        await app.remove(run.id);
      }
      await use(sums);
    },
    { scope: 'worker' },
  ],
});

// Wanted here so that the undisturbed merges are over before the log of the first test begins.
test.beforeEach(({ sharedHub: hub, undisturbed }) => {
  expect(undisturbed.size).toBe(2);
  hub.clearLog();
});
test.afterEach(({ sharedHub: hub }) => hub.faults.clear());

async function start(app: App, recipe: string): Promise<string> {
  return (await app.start(recipe, { engine: 'cpu', budgetBytes: SMALLEST_BUDGET })).id;
}

function weightsOf(run: RunStatus): string | undefined {
  return run.files.find(({ path }) => path === 'model.safetensors')?.sha256;
}

/** Faults of answers that still bring good bytes from their beginning on. */
const BRINGING: readonly LogEntry['fault'][] = [null, 'cut', 'short', 'stall', 'slow'];

/** The weight bytes that arrived and were right, as `[start, end)` by file; sorted. */
function deliveries(hub: Hub): Map<string, (readonly [number, number])[]> {
  const files = new Map<string, (readonly [number, number])[]>();
  for (const { origin, path, range, status, bytes, fault } of hub.log()) {
    if (origin !== 'cdn' || status !== 206 || bytes === 0 || !BRINGING.includes(fault)) continue;
    const begin = Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1]);
    files.set(path, [...(files.get(path) ?? []), [begin, begin + bytes] as const]);
  }
  for (const ranges of files.values()) ranges.sort(([a], [b]) => a - b);
  return files;
}

function expectEveryByteOnce(hub: Hub, run: RunStatus): void {
  let bytes = 0;
  for (const [file, ranges] of deliveries(hub)) {
    for (const [at, [begin, end]] of ranges.entries()) {
      bytes += end - begin;
      expect(begin, `${file} again from byte ${begin}`).toBeGreaterThanOrEqual(ranges[at - 1]?.[1] ?? 0);
    }
  }
  expect(bytes).toBe(run.fetchBytes);
}

const WEIGHTS = 'model\\.safetensors$';

interface Disturbance {
  readonly what: string;
  readonly faults: readonly FaultSpec[];
}

const passing: readonly (Disturbance & { readonly requests?: (log: readonly LogEntry[]) => void })[] = [
  {
    what: 'server errors',
    faults: [{ kind: 'status', status: 503, origin: 'cdn', match: WEIGHTS, times: 3 }],
  },
  {
    what: 'a server error whose words the browser hides',
    faults: [{ kind: 'status', status: 502, cors: false, origin: 'cdn', match: WEIGHTS }],
  },
  {
    what: 'a server error of the hub',
    faults: [{ kind: 'status', status: 500, origin: 'hub', match: WEIGHTS }],
  },
  {
    what: 'server errors of its API',
    faults: [{ kind: 'status', status: 503, match: '^/api/models/', times: 2 }],
  },
  {
    what: 'too many requests',
    faults: [{ kind: 'rate-limit', retryAfterSeconds: 1, origin: 'cdn', match: WEIGHTS }],
  },
  { what: 'closed connections', faults: [{ kind: 'reset', match: WEIGHTS, times: 3 }] },
  {
    what: 'bodies cut short more often than there are tries',
    faults: [{ kind: 'cut', atByte: 300_000, match: WEIGHTS, times: 10 }],
    requests: (log) => expect(log.filter(({ fault }) => fault === 'cut')).toHaveLength(10),
  },
  { what: 'a short answer', faults: [{ kind: 'short', atByte: 500_000, match: WEIGHTS }] },
  { what: 'a long answer', faults: [{ kind: 'long', match: WEIGHTS }] },
  { what: 'an answer for another part', faults: [{ kind: 'shifted', match: WEIGHTS }] },
  { what: 'the whole file for an answer', faults: [{ kind: 'whole', match: WEIGHTS }] },
  { what: 'a packed answer', faults: [{ kind: 'gzip', match: WEIGHTS }] },
  { what: 'a slow server', faults: [{ kind: 'slow', bytesPerSecond: 3e6, match: WEIGHTS, times: 0 }] },
  {
    what: 'an expired address',
    faults: [{ kind: 'expire', match: 'tiny/upper.*safetensors$' }],
    requests: (log) => {
      const asked = log.filter(({ origin, path }) => origin === 'hub' && /resolve.*safetensors$/.test(path));
      expect(asked.map(({ path }) => path.split('/')[2]).sort()).toEqual(['add', 'upper', 'upper']);
    },
  },
  { what: 'a body that stops coming', faults: [{ kind: 'stall', atByte: 700_000, match: WEIGHTS }] },
];

for (const { what, faults, requests } of passing) {
  test(`${what}: the merge gets over it, to the same bytes, and fetches none twice`, async ({
    sharedApp: app,
    sharedHub: hub,
    undisturbed,
  }) => {
    for (const fault of faults) hub.faults.add(fault);
    const run = await app.waitForRun(await start(app, RECIPE), 'done');
    expect(weightsOf(run)).toBe(undisturbed.get(RECIPE));
    expect(run.fetchedBytes).toBe(run.fetchBytes);
    expect(hub.log().some(({ fault }) => fault === faults[0]?.kind)).toBe(true);
    expectEveryByteOnce(hub, run);
    requests?.(hub.log());
    await app.remove(run.id);
  });
}

const lasting: readonly (Disturbance & { readonly tag: string; readonly words: RegExp })[] = [
  {
    what: 'always the whole file',
    faults: [{ kind: 'whole', match: WEIGHTS, times: 0 }],
    tag: 'BadAnswer',
    words: /whole file instead of the part/,
  },
  {
    what: 'always too much',
    faults: [{ kind: 'long', match: WEIGHTS, times: 0 }],
    tag: 'BadAnswer',
    words: /more bytes than were asked for/,
  },
  {
    what: 'always another part',
    faults: [{ kind: 'shifted', match: WEIGHTS, times: 0 }],
    tag: 'BadAnswer',
    words: /another part of the file/,
  },
  {
    what: 'other contents in the middle of the file',
    faults: [
      { kind: 'cut', atByte: 400_000, match: 'tiny/add.*safetensors$' },
      { kind: 'etag', match: 'tiny/add.*safetensors$', times: 0 },
    ],
    tag: 'SourceChanged',
    words: /tiny\/add: model\.safetensors has changed on the server: its ETag/,
  },
  {
    what: 'another size',
    faults: [{ kind: 'size', match: 'tiny/add.*safetensors$', times: 0 }],
    tag: 'SourceChanged',
    words: /tiny\/add is not what the merge was planned with: model\.safetensors differs/,
  },
  {
    what: 'nothing where the file was',
    faults: [{ kind: 'status', status: 404, origin: 'cdn', match: WEIGHTS, times: 0 }],
    tag: 'BadAnswer',
    words: /status 404/,
  },
  {
    what: 'too many requests for an hour',
    faults: [{ kind: 'rate-limit', retryAfterSeconds: 3600, origin: 'cdn', match: WEIGHTS, times: 0 }],
    tag: 'RateLimited',
    words: /too many requests/,
  },
  {
    what: 'no answer at all',
    faults: [{ kind: 'reset', match: WEIGHTS, times: 0 }],
    tag: 'NetworkLost',
    words: /connection failed/,
  },
];

for (const { what, faults, tag, words } of lasting) {
  test(`${what}: the run stops with words, and Resume finishes it once the server is well`, async ({
    sharedApp: app,
    sharedHub: hub,
    undisturbed,
  }) => {
    const { page } = app;
    for (const fault of faults) hub.faults.add(fault);
    const stopped = await app.waitForRest(await start(app, RECIPE));
    expect(stopped).toMatchObject({ state: 'failed', error: { tag, message: expect.stringMatching(words) } });
    expect(stopped.error?.fix).toBeTruthy();
    const card = page.getByRole('article', { name: /^Run / });
    await expect(card).toContainText(words);

    hub.faults.clear();
    await card.getByRole('button', { name: 'Resume' }).click();
    await expect.poll(async () => (await app.run(stopped.id)).state).not.toBe('failed');
    const finished = await app.waitForRun(stopped.id, 'done');
    expect(weightsOf(finished)).toBe(undisturbed.get(RECIPE));
    expect(finished.error).toBeUndefined();
    await app.remove(stopped.id);
  });
}

test('a model that was closed in the meantime is told so, and Resume finishes once it is open again', async ({
  sharedApp: app,
  sharedHub: hub,
  undisturbed,
}) => {
  await app.check(RECIPE);
  hub.setPolicy('tiny/upper', { gated: 'manual' });
  const stopped = await app.waitForRest(await start(app, RECIPE));
  expect(stopped).toMatchObject({ state: 'failed', error: { tag: 'ModelGated' } });
  hub.setPolicy('tiny/upper', {});
  await app.resume(stopped.id);
  expect(weightsOf(await app.waitForRun(stopped.id, 'done'))).toBe(undisturbed.get(RECIPE));
  await app.remove(stopped.id);
});

test('what was merged before a failure is neither fetched nor merged again', async ({
  sharedApp: app,
  sharedHub: hub,
  undisturbed,
}) => {
  await app.check(LARGE_RECIPE);
  hub.faults.add({ kind: 'status', status: 404, origin: 'cdn', match: WEIGHTS, after: 8, times: 0 });
  const stopped = await app.waitForRest(await start(app, LARGE_RECIPE));
  expect(stopped.state).toBe('failed');
  expect(stopped.writtenBytes).toBeGreaterThan(0);
  expect(stopped.writtenBytes).toBeLessThan(stopped.writeBytes);

  hub.faults.clear();
  hub.clearLog();
  await app.resume(stopped.id, { budgetBytes: SMALLEST_BUDGET });
  const finished = await app.waitForRun(stopped.id, 'done');
  expect(weightsOf(finished)).toBe(undisturbed.get(LARGE_RECIPE));
  expect(finished.fetchedBytes).toBe(finished.fetchBytes);
  const served = [...deliveries(hub).values()].flat().reduce((sum, [begin, end]) => sum + end - begin, 0);
  // Two inputs make one output of their size.
  expect(served).toBe(finished.fetchBytes - 2 * stopped.writtenBytes);
  await app.remove(stopped.id);
});

test('without a network the run says that it waits, and goes on when it is back, fetching nothing twice', async ({
  sharedApp: app,
  sharedHub: hub,
  undisturbed,
}) => {
  const { page } = app;
  hub.faults.add({ kind: 'slow', bytesPerSecond: 4e6, match: WEIGHTS, times: 0 });
  const id = await start(app, LARGE_RECIPE);
  await expect.poll(async () => (await app.run(id)).fetchedBytes).toBeGreaterThan(10e6);
  await page.context().setOffline(true);
  const shown = page.getByRole('article', { name: /^Run / });
  const words = 'No network. The run waits, and goes on by itself when it is back.';
  await expect(shown).toContainText(words);
  // What was on its way still arrives; then nothing does, and nothing is asked.
  const seen = async () => {
    const { fetchedBytes, writtenBytes, state } = await app.run(id);
    return { fetchedBytes, writtenBytes, state, requests: hub.log().length };
  };
  await expect(async () => {
    const before = await seen();
    await page.waitForTimeout(2000);
    expect(await seen()).toEqual(before);
  }).toPass();
  const waiting = await app.run(id);
  expect(waiting).toMatchObject({ state: 'running', waitsForNetwork: true });
  expect(waiting.fetchedBytes).toBeLessThan(waiting.fetchBytes);
  await expect(shown).toContainText(words);

  await page.context().setOffline(false);
  await expect(shown).not.toContainText(words);
  hub.faults.clear();
  const run = await app.waitForRun(id, 'done');
  expect(weightsOf(run)).toBe(undisturbed.get(LARGE_RECIPE));
  expect(run.fetchedBytes).toBe(run.fetchBytes);
  expectEveryByteOnce(hub, run);
  await app.remove(id);
});
