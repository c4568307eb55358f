import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { GraftError } from '../base/errors.ts';
import { fakeEnvironment } from './hub.test-helper.ts';
import { BROWSER_ENVIRONMENT, backoffMs, retryAfterSeconds, withRetry } from './retry.ts';

// Node's global object takes no events; a browser's does.
const network = new EventTarget();
beforeAll(() => {
  vi.stubGlobal('addEventListener', network.addEventListener.bind(network));
  vi.stubGlobal('removeEventListener', network.removeEventListener.bind(network));
});
afterAll(() => vi.unstubAllGlobals());

test('the ceiling of the jitter doubles up to 30 s', () => {
  expect([0, 1, 5, 6, 20].map((attempt) => backoffMs(attempt, 1))).toEqual([
    500, 1000, 16_000, 30_000, 30_000,
  ]);
  expect(backoffMs(3, 0)).toBe(0);
});

test('Retry-After is seconds or a date; RateLimit is the second choice', () => {
  const now = Date.parse('2024-01-01T00:00:00Z');
  const read = (headers: Record<string, string>) => retryAfterSeconds(new Headers(headers), now);
  expect(read({ 'Retry-After': '12' })).toBe(12);
  expect(read({ 'Retry-After': 'Mon, 01 Jan 2024 00:00:30 GMT' })).toBe(30);
  expect(read({ 'Retry-After': 'Sun, 31 Dec 2023 00:00:30 GMT' })).toBe(0);
  expect(read({ RateLimit: '"resolvers";r=0;t=77' })).toBe(77);
  expect(read({ 'Retry-After': 'soon', RateLimit: '"api";r=0;t=5' })).toBe(5);
  expect(read({})).toBeUndefined();
});

test('progress earns a full set of tries', async () => {
  const environment = fakeEnvironment();
  let calls = 0;
  const failing = withRetry(
    async () => {
      calls++;
      const error = new GraftError('NetworkLost', 'lost');
      return { ok: false, failure: { error, persistence: 'transient', progressed: calls === 5 } };
    },
    undefined,
    environment,
  );
  await expect(failing).rejects.toMatchObject({ tag: 'NetworkLost' });
  expect(calls).toBe(4 + 8);
});

test('a wait ends at once when the work is cancelled', async () => {
  const controller = new AbortController();
  const sleeping = BROWSER_ENVIRONMENT.sleep(3_600_000, controller.signal);
  const waiting = BROWSER_ENVIRONMENT.online(controller.signal);
  controller.abort();
  await expect(sleeping).rejects.toMatchObject({ tag: 'Cancelled' });
  await expect(waiting).rejects.toMatchObject({ tag: 'Cancelled' });
  await expect(BROWSER_ENVIRONMENT.sleep(1, controller.signal)).rejects.toMatchObject({ tag: 'Cancelled' });
});

test('the wait for the network ends with the online event', async () => {
  const waiting = BROWSER_ENVIRONMENT.online(undefined);
  network.dispatchEvent(new Event('online'));
  await expect(waiting).resolves.toBeUndefined();
});

test('the wait for the network ends every so often by itself, because the event may never come', async () => {
  vi.useFakeTimers();
  let waits = true;
  void BROWSER_ENVIRONMENT.online(undefined).then(() => {
    waits = false;
  });
  await vi.advanceTimersByTimeAsync(4_999);
  expect(waits).toBe(true);
  await vi.advanceTimersByTimeAsync(1);
  expect(waits).toBe(false);
  vi.useRealTimers();
});
