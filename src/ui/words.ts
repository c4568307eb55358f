/** Names of engines, run states and failures as people read them. */

import type { ErrorTag, WireError } from '../base/errors.ts';
import { formatCount } from '../base/units.ts';
import type { EngineInfo, EngineReport, RunState } from '../engine/protocol.ts';
import type { EngineKind } from '../kernels/types.ts';
import type { Settings } from '../store/settings.ts';

export const ENGINE_NAMES: Readonly<Record<EngineKind, string>> = { gpu: 'WebGPU', cpu: 'CPU' };

export const RUN_STATES: Readonly<Record<RunState, string>> = {
  running: 'Running',
  paused: 'Paused',
  finishing: 'Finishing',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
  interrupted: 'Interrupted',
};

/** The engine a run would use now: the forced one, else what `auto` chose. */
export function engineInUse(report: EngineReport | null, setting: Settings['engine']): EngineInfo | null {
  const kind = setting === 'auto' ? report?.chosen : setting;
  return report?.engines.find((engine) => engine.kind === kind) ?? null;
}

/** `WebGPU · Apple M3`; the name alone where the device has no name of its own. */
export function engineName(kind: EngineKind, device: string | null): string {
  const name = ENGINE_NAMES[kind];
  return device === null || device === '' || device === name ? name : `${name} · ${device}`;
}

/** One line on an engine: device, speed, and why not. */
export function engineLine(engine: EngineInfo): string {
  const speed =
    engine.elementsPerSecond === undefined ? null : `${formatCount(engine.elementsPerSecond)} elements/s`;
  const device = engine.available ? engine.device : 'not available';
  return [device, speed, engine.note ?? null].filter((part) => part !== null && part !== '').join(' · ');
}

/** What a person can do here about a model that did not open. */
export type ModelRemedy = 'request-access' | 'token' | 'grant' | 'retry' | 'none';

const REMEDIES: Partial<Record<ErrorTag, ModelRemedy>> = {
  ModelGated: 'request-access',
  ModelPrivate: 'token',
  Unauthorized: 'token',
  PermissionNeeded: 'grant',
  NetworkLost: 'retry',
  Stalled: 'retry',
  RateLimited: 'retry',
  BadAnswer: 'retry',
};

export function modelRemedy(error: WireError | undefined): ModelRemedy {
  return (error && REMEDIES[error.tag]) ?? 'none';
}

/** `0.4213` as `42 %`; never 100 before the end. */
export function percent(part: number, whole: number): number {
  if (whole <= 0) return part > 0 ? 100 : 0;
  return part >= whole ? 100 : Math.min(99, Math.floor((100 * part) / whole));
}
