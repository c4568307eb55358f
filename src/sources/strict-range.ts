/**
 * One range of one file by HTTP, believed only when everything about the answer fits: status 206, the very
 * Content-Range asked for, the file's known size, no encoding, an unchanged ETag, and every byte counted.
 *
 * The request is a plain GET whose only header is `Range: bytes=a-b` (and Authorization, where the caller says so):
 * such a request needs no preflight, which download hosts answer badly. What arrives before a failure is good and
 * counted, so that the next attempt goes on behind it.
 */

import { GraftError } from '../base/errors.ts';
import { type AnswerContext, failureOfNetwork, failureOfStatus } from './answer-failure.ts';
import { type Failure, throwIfAborted } from './retry.ts';

export interface RangeRequest {
  readonly url: string;
  /** Sent as it is; null for every origin that must not see it. */
  readonly token: string | null;
  readonly start: number;
  /** Filled from its beginning. Not empty. */
  readonly target: Uint8Array;
  /** Size of the whole file as known beforehand. */
  readonly totalBytes: number;
  /** First ETag seen of this file, by the origin that sent it; kept up to date here. */
  readonly etags: Map<string, string>;
  readonly context: Omit<AnswerContext, 'fromHub' | 'nowMs'>;
  /** Origin of the hub, to tell its refusals from those of download hosts. */
  readonly hubOrigin: string | null;
  readonly signal: AbortSignal | undefined;
  /** Longest wait for the next byte. */
  readonly idleMs: number;
  readonly fetch: typeof fetch;
  /** The URL that answered, after redirects, once its headers have been found right. */
  readonly onLocated?: (url: string) => void;
  /** Bytes of this request that have arrived so far. */
  readonly onReceived?: (count: number) => void;
}

export interface RangeAnswer {
  /** Bytes at the beginning of `target` that are right. */
  readonly goodBytes: number;
  /** Null when the whole target is filled. */
  readonly failure: Failure | null;
  /** Status of the answer, and the origin that gave it; null when there was none. */
  readonly status: number | null;
  readonly origin: string | null;
}

const SCRATCH_BYTES = 2 * 1024 * 1024;

/** Asks once. Every failure is returned; only `Cancelled` is thrown, when `signal` aborts. */
export async function fetchRange(request: RangeRequest): Promise<RangeAnswer> {
  // Taken out of the request, because browsers refuse a `fetch` that is called as somebody's method.
  const { start, target, context, signal, fetch: get } = request;
  throwIfAborted(signal);
  const controller = new AbortController();
  const onAbort = (): void => controller.abort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const idle = new IdleTimer(request.idleMs, onAbort);
  let goodBytes = 0;
  let status: number | null = null;
  let origin: string | null = null;
  const fail = (failure: Failure): RangeAnswer => ({ goodBytes, failure, status, origin });
  try {
    const response = await get(request.url, {
      headers: {
        Range: `bytes=${start}-${start + target.length - 1}`,
        ...(request.token === null ? {} : { Authorization: `Bearer ${request.token}` }),
      },
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: controller.signal,
    });
    status = response.status;
    origin = new URL(response.url || request.url).origin;
    const wrong = checkHead(response, origin, request);
    if (wrong !== null) return fail(wrong);
    request.onLocated?.(response.url || request.url);

    const next = chunkReader(response.body, target.length);
    for (;;) {
      idle.touch();
      const chunk = await next();
      if (chunk === null) break;
      if (goodBytes + chunk.length > target.length) {
        goodBytes = 0;
        return fail(suspect(context.label, 'sent more bytes than were asked for'));
      }
      target.set(chunk, goodBytes);
      goodBytes += chunk.length;
      request.onReceived?.(goodBytes);
    }
    if (goodBytes < target.length) {
      const missing = target.length - goodBytes;
      return fail({ ...suspect(context.label, `ended ${missing} bytes early`), persistence: 'transient' });
    }
    return { goodBytes, failure: null, status, origin };
  } catch (error) {
    throwIfAborted(signal);
    if (goodBytes === target.length) return { goodBytes, failure: null, status, origin };
    return fail(
      idle.expired ? stalled(context.label, request.idleMs) : failureOfNetwork(context.label, error),
    );
  } finally {
    idle.stop();
    signal?.removeEventListener('abort', onAbort);
    // Whatever is still coming is unwanted; after a complete body this does nothing.
    controller.abort();
  }
}

/** What is wrong with status and headers; null when they are exactly right. */
function checkHead(response: Response, origin: string, request: RangeRequest): Failure | null {
  const { start, target, totalBytes, context } = request;
  const { label } = context;
  if (response.status === 200) return suspect(label, 'sent the whole file instead of the part asked for');
  if (response.status !== 206) {
    return failureOfStatus(response, {
      ...context,
      fromHub: origin === request.hubOrigin,
      nowMs: Date.now(),
    });
  }
  const encoding = response.headers.get('Content-Encoding');
  if (encoding !== null && encoding !== 'identity') return suspect(label, `sent it ${encoding}-encoded`);

  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '');
  if (range === null) return suspect(label, 'did not say which part of the file it sent');
  if (Number(range[3]) !== totalBytes) {
    return changed(label, `it has ${range[3]} bytes now and had ${totalBytes}`);
  }
  if (Number(range[1]) !== start || Number(range[2]) !== start + target.length - 1) {
    return suspect(label, 'sent another part of the file than was asked for');
  }
  // Download hosts derive ETags each in their own way, so one is only compared with those of the same origin.
  const etag = response.headers.get('ETag');
  const known = request.etags.get(origin);
  if (etag !== null && known !== undefined && etag !== known)
    return changed(label, 'its ETag is another one');
  if (etag !== null) request.etags.set(origin, etag);
  return null;
}

/**
 * Pulls chunks; null at the end. A chunk is valid until the next call: with a BYOB reader all of them share one
 * scratch buffer, since the target itself would be detached by such a read.
 */
function chunkReader(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  expectedBytes: number,
): () => Promise<Uint8Array | null> {
  if (body === null) return async () => null;
  const byob = byobReader(body);
  if (byob === null) {
    const reader = body.getReader();
    return async () => {
      const { value, done } = await reader.read();
      return done ? null : value;
    };
  }
  // One byte more than expected, so that a single read can find out that there is too much.
  let scratch = new ArrayBuffer(Math.min(SCRATCH_BYTES, expectedBytes + 1));
  return async () => {
    const { value, done } = await byob.read(new Uint8Array(scratch));
    if (value !== undefined) scratch = value.buffer;
    return done || value === undefined ? null : value;
  };
}

function byobReader(body: ReadableStream): ReadableStreamBYOBReader | null {
  try {
    return body.getReader({ mode: 'byob' });
  } catch {
    // Not a byte stream in this browser.
    return null;
  }
}

function suspect(label: string, what: string): Failure {
  const error = new GraftError('BadAnswer', `The server ${what} (${label}).`, {
    where: label,
    fix: 'Try again; if it stays so, the server or something in between does not serve parts of files properly.',
  });
  return { error, persistence: 'suspect' };
}

function changed(label: string, what: string): Failure {
  const error = new GraftError('SourceChanged', `${label} has changed on the server: ${what}.`, {
    where: label,
    fix: 'Open the model again and start over, so that the merge is of one version.',
  });
  return { error, persistence: 'final' };
}

function stalled(label: string, idleMs: number): Failure {
  const seconds = Math.round(idleMs / 1000);
  const error = new GraftError('Stalled', `No byte of ${label} has arrived for ${seconds} s.`, {
    where: label,
    fix: 'Check the network and resume; nothing that has arrived is fetched again.',
  });
  return { error, persistence: 'transient' };
}

/** Calls `onIdle` once when `touch` has not been called for `ms`; re-arms lazily, since touches are frequent. */
class IdleTimer {
  expired = false;
  readonly #ms: number;
  readonly #onIdle: () => void;
  #touchedMs = performance.now();
  #timer: ReturnType<typeof setTimeout>;

  constructor(ms: number, onIdle: () => void) {
    this.#ms = ms;
    this.#onIdle = onIdle;
    this.#timer = setTimeout(this.#check, ms);
  }

  touch(): void {
    this.#touchedMs = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  readonly #check = (): void => {
    const leftMs = this.#touchedMs + this.#ms - performance.now();
    if (leftMs > 0) {
      this.#timer = setTimeout(this.#check, leftMs);
    } else {
      this.expired = true;
      this.#onIdle();
    }
  };
}
