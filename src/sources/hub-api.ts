/** The strict `fetch` that @huggingface/hub is given: reads only, one origin, retries, typed refusals, bounded bodies. */

import { GraftError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { failureOfNetwork, failureOfStatus } from './answer-failure.ts';
import type { HttpAccess } from './http-source.ts';
import { type Failure, type Outcome, throwIfAborted, withRetry } from './retry.ts';

export interface ApiCall {
  readonly label: string;
  readonly repo: string | null;
  readonly signal: AbortSignal | undefined;
  /** False for questions whose answer is welcome but not needed. */
  readonly patient?: boolean;
}

const TIMEOUT_MS = 30_000;
const PATIENCE_SECONDS = 5;

/**
 * A `fetch` for one piece of API work. Adds the token itself (callers pass none on), so that a link to another
 * origin inside an answer never carries it: such links are refused. Throws `GraftError` only.
 */
export function apiFetch(access: HttpAccess, call: ApiCall): typeof fetch {
  const origin = new URL(access.endpoint).origin;
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== origin || (init?.method ?? 'GET') !== 'GET') {
      throw new GraftError('BadAnswer', `The hub's answer for ${call.label} points elsewhere.`, {
        where: call.label,
        fix: 'Check the address of the hub.',
      });
    }
    const attempt = (): Promise<Outcome<Response>> => askOnce(access, call, url);
    if (call.patient === false) {
      const outcome = await attempt();
      if (outcome.ok) return outcome.value;
      throw outcome.failure.error;
    }
    return withRetry(attempt, call.signal, access.environment);
  };
}

async function askOnce(access: HttpAccess, call: ApiCall, url: URL): Promise<Outcome<Response>> {
  throwIfAborted(call.signal);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await (access.fetch ?? fetch)(url.href, {
      headers: {
        Accept: 'application/json',
        ...(access.token === null ? {} : { Authorization: `Bearer ${access.token}` }),
      },
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]),
    });
    if (!response.ok) {
      const { label, repo } = call;
      const signedIn = access.token !== null;
      const context = { label, repo, signedIn, fromHub: true, nowMs: Date.now() };
      return { ok: false, failure: impatient(failureOfStatus(response, context)) };
    }
    const body = await readBounded(response, LIMITS.jsonBytes, call.label);
    return { ok: true, value: new Response(body, { status: response.status, headers: response.headers }) };
  } catch (error) {
    throwIfAborted(call.signal);
    if (error instanceof GraftError) throw error;
    return { ok: false, failure: impatient(failureOfNetwork(call.label, error)) };
  }
}

/** Somebody is waiting for these answers: three tries within seconds, then the reason, instead of minutes of silence. */
function impatient({ error, persistence }: Failure): Failure {
  const longWait =
    error.tag === 'RateLimited' && (error.retryAfterSeconds ?? Number.POSITIVE_INFINITY) > PATIENCE_SECONDS;
  return { error, persistence: longWait ? 'final' : persistence === 'transient' ? 'suspect' : persistence };
}

/** A body of at most `limit` bytes; a longer one is an error, not memory. */
export async function readBounded(
  response: Response,
  limit: number,
  label: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const chunk = (await reader?.read())?.value;
    if (chunk === undefined) break;
    length += chunk.length;
    if (length > limit) {
      await reader?.cancel();
      throw new GraftError('BadAnswer', `The server's answer for ${label} is too long.`, {
        where: label,
        fix: 'Check the address of the server.',
      });
    }
    chunks.push(chunk);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** The endpoint without a trailing slash; throws `BadAnswer` for what is no web address. */
export function normalEndpoint(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new GraftError('BadAnswer', `"${endpoint}" is not the address of a hub.`, {
      where: endpoint,
      fix: 'Give an address such as https://huggingface.co.',
    });
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Errors of the client library that are not ours already: it could not make sense of an answer. */
export function asHubError(error: unknown, label: string): unknown {
  if (error instanceof GraftError) return error;
  return new GraftError('BadAnswer', `The hub's answer for ${label} makes no sense.`, {
    where: label,
    fix: 'Check the address of the hub, or try again later.',
    cause: error,
  });
}
