import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createEngineClient } from './client.ts';
import type { CheckRequest } from './protocol.ts';

/** A worker that says what it is told to, and nothing else. */
class SilentWorker {
  static all: SilentWorker[] = [];
  readonly name: string;
  terminated = false;
  readonly #listeners: ((event: { readonly data: unknown }) => void)[] = [];

  constructor(_url: URL, options: { readonly name: string }) {
    this.name = options.name;
    SilentWorker.all.push(this);
  }

  addEventListener(type: string, listener: (event: { readonly data: unknown }) => void): void {
    if (type === 'message') this.#listeners.push(listener);
  }

  say(event: string): void {
    for (const listener of this.#listeners) listener({ data: { kind: 'event', event } });
  }

  postMessage(): void {}

  terminate(): void {
    this.terminated = true;
  }
}

beforeEach(() => {
  SilentWorker.all = [];
  vi.stubGlobal('Worker', SilentWorker);
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const REQUEST: CheckRequest = {
  text: '',
  sources: { endpoint: 'https://hub.test', token: null, demo: false, locals: [] },
  run: { engine: 'cpu', budgetBytes: 2 ** 29 },
};

/** Two calls at once, of which the worker parses `parsed`; whether it is given up for stuck. */
async function isGivenUp(parsed: number): Promise<boolean> {
  const client = createEngineClient();
  const calls = [client.check(REQUEST), client.exportForMergekit(REQUEST)];
  const ended = Promise.allSettled(calls);
  const worker = SilentWorker.all.findLast(({ name }) => name === 'check');
  worker?.say('ready');
  await vi.advanceTimersByTimeAsync(0);
  for (let count = 0; count < parsed; count++) worker?.say('parsed');
  await vi.advanceTimersByTimeAsync(60_000);
  const givenUp = worker?.terminated ?? false;
  client.dispose();
  await ended;
  return givenUp;
}

test('calls side by side are each watched until their own text is parsed, however long the rest takes', async () => {
  expect(await isGivenUp(2)).toBe(false);
  expect(await isGivenUp(1)).toBe(true);
});
