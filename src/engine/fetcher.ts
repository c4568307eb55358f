/**
 * Gets byte ranges of the plan's models: a few requests at a time, in the order they were asked for, each range counted
 * once for the progress display.
 */

import type { ByteSource, ModelFiles } from '../base/bytes.ts';
import { GraftError } from '../base/errors.ts';
import { type FetchRange, requestsOf } from '../plan/work.ts';
import { Budget } from './budget.ts';
import { BufferPool } from './buffer-pool.ts';
import type { Meter } from './meter.ts';

/** Browsers keep six connections to one HTTP/1.1 host; more would wait inside the browser, out of order. */
const REQUESTS_IN_FLIGHT = 6;

/** One request's longest range: long enough for full speed, short enough that a cut costs little. */
const REQUEST_BYTES = 32 * 1024 * 1024;

export class Fetcher {
  readonly #models: readonly ModelFiles[];
  readonly #meter: Meter;
  readonly #signal: AbortSignal;
  readonly #requests = new Budget(REQUESTS_IN_FLIGHT);
  readonly #open = new Map<string, Promise<ByteSource>>();
  readonly #pool = new BufferPool();

  constructor(models: readonly ModelFiles[], meter: Meter, signal: AbortSignal) {
    this.#models = models;
    this.#meter = meter;
    this.#signal = signal;
  }

  /** The range's bytes, verified by the source. `counted` is false for bytes that were fetched before. */
  async fetch(range: FetchRange, counted: boolean): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = this.#pool.take(range.end - range.start);
    await Promise.all(
      requestsOf(range, REQUEST_BYTES).map((part) =>
        this.#request(part, bytes.subarray(part.start - range.start, part.end - range.start), counted),
      ),
    );
    return bytes;
  }

  /** Takes back what `fetch` gave, to be filled again; nobody may use it any more. */
  giveBack(bytes: Uint8Array<ArrayBuffer>): void {
    this.#pool.give(bytes.buffer);
  }

  async #request({ model, file, start }: FetchRange, target: Uint8Array, counted: boolean): Promise<void> {
    const request = await this.#requests.claim(1, this.#signal);
    try {
      const source = await this.#source(model, file);
      await source.read(start, target, {
        signal: this.#signal,
        onBytes: (count) => {
          if (counted) this.#meter.fetchedBytes += count;
        },
        onOffline: (waits) => {
          this.#meter.offlineReads += waits ? 1 : -1;
        },
      });
    } finally {
      request.release();
    }
  }

  #source(model: number, file: string): Promise<ByteSource> {
    const key = `${model} ${file}`;
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const files = this.#models[model];
    if (files === undefined) throw new GraftError('Internal', `The plan has no model ${model}.`);
    const opening = files.open(file, this.#signal);
    this.#open.set(key, opening);
    opening.catch(() => this.#open.delete(key));
    return opening;
  }
}
