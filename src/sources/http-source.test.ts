import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { FaultSpec, Hub } from '../../e2e/hub/types.ts';
import type { ByteSource } from '../base/bytes.ts';
import type { HttpAccess } from './http-source.ts';
import {
  cdnRequests,
  type FakeEnvironment,
  fakeEnvironment,
  MODEL,
  resolves,
  startTestHub,
  trueWeights,
  WEIGHTS,
} from './hub.test-helper.ts';
import { openHubModel } from './hub-source.ts';

let hub: Hub;
let truth: Uint8Array;

beforeAll(async () => {
  hub = await startTestHub();
  truth = await trueWeights();
});
afterAll(() => hub.close());
afterEach(() => {
  hub.faults.clear();
  hub.clearLog();
});

async function open(
  options: Partial<HttpAccess> = {},
): Promise<{ source: ByteSource; environment: FakeEnvironment }> {
  const environment = fakeEnvironment();
  const model = await openHubModel({
    endpoint: hub.endpoint,
    token: null,
    repo: MODEL,
    revision: null,
    environment,
    ...options,
  });
  hub.clearLog();
  return { source: await model.open(WEIGHTS), environment };
}

function fault(kind: FaultSpec['kind'], fields: Partial<FaultSpec> = {}): void {
  hub.faults.add({ match: 'model\\.safetensors$', kind, ...fields });
}

/** Reads `length` bytes from 1000 on and checks them, and that progress adds up to the length. */
async function readAndCheck(source: ByteSource, length = 500_000): Promise<void> {
  const target = new Uint8Array(length);
  let progress = 0;
  await source.read(1000, target, {
    onBytes: (count) => {
      progress += count;
    },
  });
  expect(Buffer.compare(target, truth.subarray(1000, 1000 + length))).toBe(0);
  expect(progress).toBe(length);
}

const servedBytes = (): number => cdnRequests(hub).reduce((sum, entry) => sum + entry.bytes, 0);

test('later ranges go to the signed URL without the hub, by plain GETs and no preflight', async () => {
  const { source } = await open();
  await readAndCheck(source);
  await readAndCheck(source, 300);
  await readAndCheck(source, 3_000_000);
  expect(resolves(hub)).toHaveLength(1);
  expect(cdnRequests(hub).map(({ method, range, status }) => `${method} ${range} ${status}`)).toEqual([
    'GET bytes=1000-500999 206',
    'GET bytes=1000-1299 206',
    'GET bytes=1000-3000999 206',
  ]);
});

test('reads started together share one trip through the hub', async () => {
  const { source } = await open();
  await Promise.all([readAndCheck(source), readAndCheck(source), readAndCheck(source)]);
  expect(resolves(hub)).toHaveLength(1);
});

test('a large read is split over lanes and every byte is fetched once', async () => {
  const { source } = await open({ rangeBytes: 300_000, lanes: 4 });
  await readAndCheck(source, 3_000_000);
  expect(cdnRequests(hub)).toHaveLength(10);
  expect(servedBytes()).toBe(3_000_000);
});

test('a body cut in the middle goes on from the last good byte', async () => {
  const { source, environment } = await open();
  fault('cut', { origin: 'cdn', atByte: 123_456 });
  await readAndCheck(source);
  expect(cdnRequests(hub).map((entry) => entry.range)).toEqual(['bytes=1000-500999', 'bytes=124456-500999']);
  expect(servedBytes()).toBe(500_000);
  expect(environment.sleepsMs).toEqual([250]);
  expect(resolves(hub)).toHaveLength(1);
});

test('a short body with an honest length is completed', async () => {
  const { source } = await open();
  fault('short', { atByte: 200_000 });
  await readAndCheck(source);
  expect(servedBytes()).toBe(500_000);
});

test('a stalled body is given up after the idle time and completed', async () => {
  const { source } = await open({ idleMs: 500 });
  fault('stall', { atByte: 50_000 });
  await readAndCheck(source);
  expect(servedBytes()).toBe(500_000);
});

test('a server that never sends again is Stalled', async () => {
  const { source, environment } = await open({ idleMs: 20 });
  fault('stall', { atByte: 0, times: 0 });
  await expect(source.read(0, new Uint8Array(10))).rejects.toMatchObject({ tag: 'Stalled' });
  expect(environment.sleepsMs).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000]);
});

for (const kind of ['whole', 'shifted', 'long', 'gzip'] as const) {
  test(`"${kind}" is never data: one such answer is asked again, a habit of them is BadAnswer`, async () => {
    const { source } = await open();
    fault(kind);
    await readAndCheck(source);
    fault(kind, { times: 0 });
    await expect(source.read(0, new Uint8Array(100_000))).rejects.toMatchObject({
      tag: 'BadAnswer',
      where: `${MODEL}: ${WEIGHTS}`,
    });
    expect(cdnRequests(hub)).toHaveLength(2 + 3);
  });
}

for (const kind of ['etag', 'size'] as const) {
  test(`a changed ${kind} is SourceChanged at once`, async () => {
    const { source, environment } = await open();
    await readAndCheck(source, 10);
    fault(kind);
    await expect(source.read(0, new Uint8Array(10))).rejects.toMatchObject({ tag: 'SourceChanged' });
    expect(environment.sleepsMs).toEqual([]);
  });
}

test('429 waits as long as Retry-After says, and a minute where it says nothing', async () => {
  const { source, environment } = await open();
  fault('rate-limit', { origin: 'hub', retryAfterSeconds: 7 });
  fault('rate-limit', { origin: 'hub' });
  await readAndCheck(source);
  expect(environment.sleepsMs).toEqual([7250, 60_500]);
});

test('a limit longer than two windows is RateLimited with its time', async () => {
  const { source } = await open();
  fault('rate-limit', { retryAfterSeconds: 4000 });
  await expect(source.read(0, new Uint8Array(10))).rejects.toMatchObject({
    tag: 'RateLimited',
    retryAfterSeconds: 4000,
  });
});

test('server failures and closed sockets are tried again, eight times at most', async () => {
  const { source, environment } = await open();
  fault('status', { status: 503 });
  fault('reset');
  await readAndCheck(source);
  expect(environment.sleepsMs).toHaveLength(2);
  fault('status', { status: 503, origin: 'cdn', times: 0 });
  await expect(source.read(0, new Uint8Array(10))).rejects.toMatchObject({ tag: 'BadAnswer' });
  expect(environment.sleepsMs).toHaveLength(2 + 7);
});

test('an expired signed URL is resolved again once, without waiting', async () => {
  const { source, environment } = await open();
  await readAndCheck(source);
  fault('expire');
  await readAndCheck(source);
  expect(resolves(hub)).toHaveLength(2);
  expect(environment.sleepsMs).toEqual([]);
});

test('signed URLs that are refused as soon as they are made are an error', async () => {
  const { source } = await open();
  fault('expire', { times: 0 });
  await expect(source.read(0, new Uint8Array(10))).rejects.toMatchObject({ tag: 'BadAnswer' });
  expect(resolves(hub)).toHaveLength(2);
});

test('signed URLs really expire', async () => {
  const { source } = await open();
  await readAndCheck(source, 100);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_601_000 });
  await readAndCheck(source, 100);
  vi.useRealTimers();
  expect(resolves(hub)).toHaveLength(2);
  expect(cdnRequests(hub).map((entry) => entry.status)).toEqual([206, 403, 206]);
});

test('a lost network is waited for without using up tries', async () => {
  const { source, environment } = await open();
  fault('reset', { times: 12 });
  const failing = source.read(0, new Uint8Array(10));
  await expect(failing).rejects.toMatchObject({ tag: 'NetworkLost' });
  hub.faults.clear();
  fault('reset', { times: 1 });
  environment.offline = true;
  const told: boolean[] = [];
  await source.read(0, new Uint8Array(10), { onOffline: (waits) => told.push(waits) });
  expect(environment.onlineWaits).toBe(1);
  expect(told).toEqual([true, false]);
});

test('the token goes to the hub and never to the download host, also when its URL is used again', async () => {
  const { source } = await open({ token: 'hf_reader' });
  await readAndCheck(source);
  await readAndCheck(source);
  fault('expire');
  await readAndCheck(source);
  expect(resolves(hub).map((entry) => entry.authorization)).toEqual([true, true]);
  const sent = cdnRequests(hub).map((entry) => entry.authorization);
  expect(sent).toHaveLength(4);
  expect(sent).not.toContain(true);
});

test("fetch is called as browsers demand, as nobody's method", async () => {
  const strict = function (this: unknown, input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    if (this !== undefined) throw new TypeError('Illegal invocation');
    return fetch(input, init);
  };
  const { source } = await open({ fetch: strict });
  await readAndCheck(source);
});

test('cancelling stops every lane', async () => {
  const { source } = await open({ rangeBytes: 300_000, lanes: 2 });
  fault('stall', { atByte: 1000, times: 0 });
  const controller = new AbortController();
  const reading = source.read(0, new Uint8Array(3_000_000), {
    signal: controller.signal,
    onBytes: () => controller.abort(),
  });
  await expect(reading).rejects.toMatchObject({ tag: 'Cancelled' });
});

test('one failing lane ends the read with its own reason', async () => {
  const { source } = await open({ rangeBytes: 300_000, lanes: 3 });
  fault('etag', { after: 4 });
  await expect(source.read(0, new Uint8Array(3_000_000))).rejects.toMatchObject({ tag: 'SourceChanged' });
});

test('nothing is asked for past the end of the file', async () => {
  const { source } = await open();
  await expect(source.read(source.sizeBytes - 1, new Uint8Array(2))).rejects.toMatchObject({
    tag: 'InvalidFile',
  });
  await source.read(source.sizeBytes, new Uint8Array(0));
  expect(hub.log()).toHaveLength(0);
});
