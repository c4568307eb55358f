/** What the person set, kept between visits. The token is not among it: it lives in `SessionSlice`, in memory only. */

import { LIMITS } from '../base/limits.ts';
import type { RunSettings } from '../engine/protocol.ts';

export type Theme = 'system' | 'dark' | 'light';

export interface Settings {
  /** Origin of the hub. */
  readonly endpoint: string;
  readonly engine: RunSettings['engine'];
  readonly budgetBytes: number;
  readonly theme: Theme;
}

export const DEFAULT_ENDPOINT = 'https://huggingface.co';

/** Past 8 GiB no browser keeps its promise, and nothing gets faster. */
export const MAX_BUDGET_BYTES = 8 * 1024 ** 3;

export const DEFAULT_SETTINGS: Settings = {
  endpoint: DEFAULT_ENDPOINT,
  engine: 'auto',
  budgetBytes: LIMITS.budgetBytes,
  theme: 'system',
};

/**
 * The origin of a hub as typed: `hub.example.org/` becomes `https://hub.example.org`. Null when it is no http(s)
 * address, carries credentials, or would send a token in the clear (http is for this machine only).
 */
export function readEndpoint(typed: string): string | null {
  const text = typed.trim();
  if (text === '') return null;
  try {
    const url = new URL(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
    if (url.username !== '' || url.password !== '') return null;
    if (url.protocol === 'https:') return url.origin;
    return url.protocol === 'http:' && isLoopback(url.hostname) ? url.origin : null;
  } catch {
    return null;
  }
}

/** Stored settings, each value checked by itself: a bad one falls back to its default. */
export function readSettings(stored: unknown): Settings {
  const from = typeof stored === 'object' && stored !== null ? (stored as Record<string, unknown>) : {};
  const { endpoint, engine, budgetBytes, theme } = from;
  return {
    endpoint: (typeof endpoint === 'string' ? readEndpoint(endpoint) : null) ?? DEFAULT_SETTINGS.endpoint,
    engine: engine === 'gpu' || engine === 'cpu' ? engine : 'auto',
    budgetBytes: typeof budgetBytes === 'number' ? clampBudget(budgetBytes) : DEFAULT_SETTINGS.budgetBytes,
    theme: theme === 'dark' || theme === 'light' ? theme : 'system',
  };
}

export function clampBudget(bytes: number): number {
  if (!Number.isFinite(bytes)) return LIMITS.budgetBytes;
  return Math.min(MAX_BUDGET_BYTES, Math.max(LIMITS.minBudgetBytes, Math.round(bytes)));
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1';
}
