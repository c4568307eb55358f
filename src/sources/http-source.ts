/**
 * A file on a hub as a `ByteSource`. The hub's stable URL redirects to a signed one that lives for an hour; that one
 * is kept and used for all later ranges, so a file of many gigabytes costs one request to the hub's rate limit.
 */

import type { ByteSource, ReadOptions } from '../base/bytes.ts';
import { GraftError, isGraftError } from '../base/errors.ts';
import { type RetryEnvironment, throwIfAborted, withRetry } from './retry.ts';
import { fetchRange, type RangeAnswer } from './strict-range.ts';

export interface HttpFile {
  /** Never expires; redirects to where the bytes are. */
  readonly url: string;
  readonly sizeBytes: number;
  /** For people: `owner/name: path`. */
  readonly label: string;
  readonly repo: string | null;
}

/** How a hub's files are fetched. The token goes to the endpoint's own origin and nowhere else. */
export interface HttpAccess {
  readonly endpoint: string;
  readonly token: string | null;
  readonly fetch?: typeof fetch;
  readonly environment?: RetryEnvironment;
  readonly idleMs?: number;
  /** Reads of more than twice this are split. */
  readonly rangeBytes?: number;
  /** Ranges of one read in flight at a time. */
  readonly lanes?: number;
}

const IDLE_MS = 30_000;
const RANGE_BYTES = 32 * 1024 * 1024;
/** Browsers allow six connections to a host; more than four ranges gain nothing on the Hub's CDN. */
const LANES = 4;
/** An attempt that brought this much was worth it: the tries start anew. */
const PROGRESS_BYTES = 64 * 1024;

export class HttpSource implements ByteSource {
  readonly sizeBytes: number;
  readonly #file: HttpFile;
  readonly #access: HttpAccess;
  readonly #hubOrigin: string;
  readonly #etags = new Map<string, string>();
  /** Where the bytes were last time, usually a signed URL: a secret for an hour, never shown or stored. */
  #location: string | null = null;
  #resolving: Promise<void> | null = null;

  constructor(file: HttpFile, access: HttpAccess) {
    this.#file = file;
    this.#access = access;
    this.#hubOrigin = new URL(access.endpoint).origin;
    this.sizeBytes = file.sizeBytes;
  }

  async read(start: number, target: Uint8Array, options: ReadOptions = {}): Promise<void> {
    const { signal } = options;
    throwIfAborted(signal);
    if (start < 0 || start + target.length > this.sizeBytes) {
      throw new GraftError('InvalidFile', `${this.#file.label} ends before byte ${start + target.length}.`, {
        where: this.#file.label,
        fix: 'The file is cut short, or its header is wrong; download it from another place.',
      });
    }
    const step = this.#access.rangeBytes ?? RANGE_BYTES;
    if (target.length === 0) return;
    if (target.length <= 2 * step) return this.#readPart(start, target, options);

    const parts = Array.from({ length: Math.ceil(target.length / step) }, (_, i) => i * step);
    const stop = new AbortController();
    const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let at = parts[next++]; at !== undefined; at = parts[next++]) {
        await this.#readPart(start + at, target.subarray(at, at + step), { ...options, signal: either });
      }
    };
    const lanes = Array.from({ length: this.#access.lanes ?? LANES }, () =>
      lane().catch((error: unknown) => {
        stop.abort();
        throw error;
      }),
    );
    // All lanes must have let go of the target before the caller may use it for something else.
    const results = await Promise.allSettled(lanes);
    const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    if (reasons.length > 0) throw reasons.find((reason) => !isGraftError(reason, 'Cancelled')) ?? reasons[0];
  }

  async #readPart(
    start: number,
    target: Uint8Array,
    { signal, onBytes, onOffline }: ReadOptions,
  ): Promise<void> {
    let good = 0;
    let reported = 0;
    await withRetry(
      async () => {
        const before = good;
        const answer = await this.#attempt(start + before, target.subarray(before), signal, (received) => {
          const count = before + received - reported;
          if (count <= 0) return;
          reported += count;
          onBytes?.(count);
        });
        good += answer.goodBytes;
        if (answer.failure === null) return { ok: true, value: undefined };
        const progressed = answer.goodBytes >= PROGRESS_BYTES;
        return { ok: false, failure: { ...answer.failure, progressed } };
      },
      signal,
      this.#access.environment,
      onOffline,
    );
  }

  /** One range from the kept location, or through the hub; a signed URL that is refused is resolved once more. */
  async #attempt(
    start: number,
    target: Uint8Array,
    signal: AbortSignal | undefined,
    onReceived: (count: number) => void,
  ): Promise<RangeAnswer> {
    for (let round = 0; ; round++) {
      const { url, release } = await this.#acquire(signal);
      const kept = url !== this.#file.url;
      let answer: RangeAnswer;
      try {
        answer = await fetchRange({
          url,
          token: new URL(url).origin === this.#hubOrigin ? this.#access.token : null,
          start,
          target,
          totalBytes: this.sizeBytes,
          etags: this.#etags,
          context: {
            label: this.#file.label,
            repo: this.#file.repo,
            signedIn: this.#access.token !== null,
          },
          hubOrigin: this.#hubOrigin,
          signal,
          idleMs: this.#access.idleMs ?? IDLE_MS,
          fetch: this.#access.fetch ?? fetch,
          onLocated: (location) => {
            this.#location = location;
            release();
          },
          onReceived,
        });
      } finally {
        release();
      }
      // A refusal without CORS headers looks like a lost network, so that too ends the life of a kept location.
      const refused = answer.status === 401 || answer.status === 403;
      if (kept && this.#location === url && (refused || answer.status === null)) this.#location = null;
      if (refused && round === 0 && (kept || answer.origin !== this.#hubOrigin)) continue;
      return answer;
    }
  }

  /** The location to ask. While one request goes through the hub the others wait for what it finds. */
  async #acquire(signal: AbortSignal | undefined): Promise<{ url: string; release: () => void }> {
    while (this.#location === null && this.#resolving !== null) await this.#resolving;
    throwIfAborted(signal);
    if (this.#location !== null) return { url: this.#location, release: () => {} };
    let settle = (): void => {};
    const resolving = new Promise<void>((resolve) => {
      settle = resolve;
    });
    this.#resolving = resolving;
    const release = (): void => {
      if (this.#resolving === resolving) this.#resolving = null;
      settle();
    };
    return { url: this.#file.url, release };
  }
}
