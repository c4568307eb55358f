/**
 * When to ask again: full jitter over 0.5 s x 2^n, at most 30 s, 8 tries; the server's own waiting time where it
 * names one. While the browser knows that there is no network, lost connections wait for it instead.
 */

import { GraftError } from '../base/errors.ts';

/**
 * How likely another try helps. `transient`: a matter of time. `suspect`: the server broke the protocol; another
 * edge of its network may not. `final`: the same question gets the same answer.
 */
type Persistence = 'transient' | 'suspect' | 'final';

export interface Failure {
  readonly error: GraftError;
  readonly persistence: Persistence;
  /** True when the attempt brought the work forward, which earns a full set of tries. */
  readonly progressed?: boolean;
}

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

/** Time, chance and network as the retries see them; tests bring their own. */
export interface RetryEnvironment {
  /** Uniform in [0, 1). */
  random(): number;
  /** Resolves after `ms`; rejects with `Cancelled` when `signal` aborts first. */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>;
  /** Whether the browser knows that there is no network. */
  isOffline(): boolean;
  /** Resolves when a network has, or may have, come back; rejects with `Cancelled` when `signal` aborts first. */
  online(signal: AbortSignal | undefined): Promise<void>;
}

const BASE_MS = 500;
const CAP_MS = 30_000;
const TRIES: Readonly<Record<Persistence, number>> = { transient: 8, suspect: 3, final: 1 };
/** A bare 429 says nothing of its window; the Hub's is five minutes, most clients wait one. */
const BARE_LIMIT_SECONDS = 60;
/** A server that asks for more than two of the Hub's windows is not going to answer this run. */
const LONGEST_LIMIT_SECONDS = 600;
/** Not every worker hears of the network's return, so that every so often it is simply tried. */
const OFFLINE_TRY_MS = 5_000;

/**
 * Runs `attempt` until it succeeds or its failures say to stop, then throws the last error. `Cancelled` thrown by
 * the attempt passes through. `onOffline` hears when a wait for the network begins and ends.
 */
export async function withRetry<T>(
  attempt: () => Promise<Outcome<T>>,
  signal: AbortSignal | undefined,
  environment: RetryEnvironment = BROWSER_ENVIRONMENT,
  onOffline?: (waits: boolean) => void,
): Promise<T> {
  let failures = 0;
  for (;;) {
    const outcome = await attempt();
    if (outcome.ok) return outcome.value;
    const { error, persistence, progressed } = outcome.failure;
    // Asked after the failure and not before, because a hub on this very machine needs no network.
    if (error.tag === 'NetworkLost' && persistence === 'transient' && environment.isOffline()) {
      onOffline?.(true);
      try {
        await environment.online(signal);
      } finally {
        onOffline?.(false);
      }
      failures = 0;
      continue;
    }
    failures = progressed === true ? 1 : failures + 1;
    if (failures >= TRIES[persistence]) throw error;
    const limit = error.tag === 'RateLimited' ? (error.retryAfterSeconds ?? BARE_LIMIT_SECONDS) : 0;
    if (limit > LONGEST_LIMIT_SECONDS) throw error;
    await environment.sleep(limit * 1000 + backoffMs(failures - 1, environment.random()), signal);
  }
}

/** Full jitter: uniform between nothing and the exponential ceiling. */
export function backoffMs(attempt: number, random: number): number {
  return random * Math.min(CAP_MS, BASE_MS * 2 ** attempt);
}

/** Seconds a 429 asks to wait: `Retry-After` (seconds or date), else `t` of the Hub's `RateLimit`, where readable. */
export function retryAfterSeconds(headers: Headers, nowMs: number): number | undefined {
  const after = headers.get('Retry-After');
  if (after !== null) {
    const seconds = /^\d+$/.test(after.trim()) ? Number(after) : (Date.parse(after) - nowMs) / 1000;
    if (Number.isFinite(seconds)) return Math.max(0, seconds);
  }
  const window = /(?:^|;)\s*t=(\d+)/.exec(headers.get('RateLimit') ?? '')?.[1];
  return window === undefined ? undefined : Number(window);
}

/** Throws `Cancelled` when `signal` has been aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new GraftError('Cancelled', 'The work was cancelled.');
}

export const BROWSER_ENVIRONMENT: RetryEnvironment = {
  random: Math.random,
  sleep: (ms, signal) =>
    until(signal, (done) => {
      const timer = setTimeout(done, ms);
      return () => clearTimeout(timer);
    }),
  // Where nothing is known of the network (Node), only an explicit false means offline.
  isOffline: () => globalThis.navigator?.onLine === false,
  online: (signal) =>
    until(signal, (done) => {
      globalThis.addEventListener('online', done);
      const timer = setTimeout(done, OFFLINE_TRY_MS);
      return () => {
        clearTimeout(timer);
        globalThis.removeEventListener('online', done);
      };
    }),
};

/** A wait that ends with `done` or with an abort, and always stops what it started. */
async function until(
  signal: AbortSignal | undefined,
  start: (done: () => void) => () => void,
): Promise<void> {
  throwIfAborted(signal);
  await new Promise<void>((resolve, reject) => {
    const finish = (): void => {
      stop();
      signal?.removeEventListener('abort', onAbort);
      resolve();
    };
    const onAbort = (): void => {
      stop();
      reject(new GraftError('Cancelled', 'The work was cancelled.'));
    };
    const stop = start(finish);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
