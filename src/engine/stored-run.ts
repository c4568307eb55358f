/** What a run keeps in storage beside its journal, and how it is read back: JSON from disk is checked, not trusted. */

import type { WireError } from '../base/errors.ts';
import type { EngineKind } from '../kernels/types.ts';
import type { MergePlan } from '../plan/types.ts';
import type { StoredState } from '../storage/types.ts';
import { EMPTY_HEALTH, type HealthReport } from './health-report.ts';
import type { OutputFile, RunState, RunStatus } from './protocol.ts';

/** The part of a run's status that outlives the page. */
export interface StoredRun {
  readonly name: string;
  readonly createdAt: string;
  readonly state: RunState;
  readonly recipeText: string;
  readonly method: string;
  readonly engine: EngineKind | null;
  readonly device: string | null;
  readonly fetchBytes: number;
  readonly writeBytes: number;
  readonly fetchedBytes: number;
  readonly mergedBytes: number;
  readonly writtenBytes: number;
  readonly activeSeconds: number;
  readonly budgetBytes: number;
  readonly peakInFlightBytes: number;
  readonly shards: readonly {
    readonly path: string;
    readonly sizeBytes: number;
    readonly writtenBytes: number;
  }[];
  readonly files: readonly OutputFile[];
  readonly warnings: readonly string[];
  readonly log: readonly { readonly at: string; readonly text: string }[];
  readonly health: HealthReport;
  readonly tensorCount: number;
  readonly error: WireError | null;
}

/** The status of a run that is not at work here; `interrupted` when it was cut short. */
export function statusOf(id: string, stored: StoredRun, heldElsewhere: boolean): RunStatus {
  const cutShort = !['done', 'failed', 'cancelled'].includes(stored.state) && !heldElsewhere;
  const { error, ...rest } = stored;
  return {
    ...rest,
    id,
    state: cutShort ? 'interrupted' : stored.state,
    ...(error === null ? {} : { error }),
    fetchBytesPerSecond: 0,
    writeBytesPerSecond: 0,
    secondsLeft: null,
    inFlightBytes: 0,
    waitsForNetwork: false,
    current: null,
  };
}

/** The stored run, or null when the state is not one (another version wrote it, or nothing did). */
export function readStored(state: StoredState | null): StoredRun | null {
  if (state === null) return null;
  const run = state as Partial<StoredRun>;
  const sound =
    typeof run.name === 'string' &&
    typeof run.state === 'string' &&
    typeof run.recipeText === 'string' &&
    typeof run.writeBytes === 'number' &&
    Array.isArray(run.shards) &&
    Array.isArray(run.files) &&
    Array.isArray(run.log) &&
    Array.isArray(run.warnings);
  // Runs that were stored before health was kept have none.
  const old: Pick<StoredRun, 'health' | 'tensorCount'> = { health: EMPTY_HEALTH, tensorCount: 0 };
  return sound ? Object.assign(old, state as unknown as StoredRun) : null;
}

/** Plans hold shard headers as bytes, which JSON has not; they become base64. */
export function serialisePlan(plan: MergePlan): string {
  const shards = plan.shards.map(({ headerBytes, ...shard }) => ({
    ...shard,
    headerBase64: toBase64(headerBytes),
  }));
  return JSON.stringify({ ...plan, shards });
}

/** The plan that `serialisePlan` wrote; its integrity is the job store's to check (digest in the journal). */
export function parsePlan(text: string): MergePlan {
  const stored = JSON.parse(text) as Omit<MergePlan, 'shards'> & {
    shards: readonly { path: string; sizeBytes: number; headerBase64: string }[];
  };
  const shards = stored.shards.map(({ headerBase64, ...shard }) => ({
    ...shard,
    headerBytes: fromBase64(headerBase64),
  }));
  return { ...stored, shards };
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
