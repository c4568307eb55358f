/** What the page and the workers say to each other: requests with answers, and run events. Plain data only. */

import type { WireError } from '../base/errors.ts';
import type { EngineKind } from '../kernels/types.ts';
import type { CardFacts } from '../model/types.ts';
import type { Problem } from '../recipe/types.ts';
import type { SourceSettings } from '../sources/types.ts';
import type { HealthReport } from './health-report.ts';

export type { LocalModel, SourceSettings } from '../sources/types.ts';

export interface RunSettings {
  readonly engine: 'auto' | EngineKind;
  /** Ceiling of bytes in flight, GPU buffers included. */
  readonly budgetBytes: number;
}

/** A model of the recipe, as its card shows it. */
export interface ModelCard {
  readonly ref: string;
  readonly state: 'ready' | 'failed';
  readonly error?: WireError;
  readonly source?: 'hub' | 'local' | 'demo';
  /** Commit, for Hub models. */
  readonly sha?: string;
  readonly architecture?: string | null;
  readonly parameterCount?: number;
  readonly layerCount?: number;
  readonly dtype?: string;
  readonly vocabularySize?: number | null;
  readonly hiddenSize?: number | null;
  readonly weightBytes?: number;
  readonly card?: CardFacts;
  readonly isBase?: boolean;
  /** Why it does not fit the recipe's other models, in plain words; empty when it does. */
  readonly misfits?: readonly string[];
  readonly notes?: readonly string[];
}

export interface CostReport {
  readonly fetchBytes: number;
  readonly writeBytes: number;
  /** Peak bytes in flight under the current budget. */
  readonly memoryBytes: number;
  readonly spoolBytes: number;
  /** Whether the origin's quota takes write + spool bytes; null when the browser cannot tell. */
  readonly storageFits: boolean | null;
  readonly parameterCount: number;
  readonly layerCount: number;
  readonly tensorCount: number;
  readonly shardCount: number;
}

export interface CheckReport {
  /** Errors first is not promised: in text order. */
  readonly problems: readonly Problem[];
  readonly models: readonly ModelCard[];
  /** Null while an error stands. */
  readonly cost: CostReport | null;
  readonly warnings: readonly string[];
}

export interface EngineInfo {
  readonly kind: EngineKind;
  readonly available: boolean;
  readonly device: string;
  /** Why not available or not chosen, in words. */
  readonly note?: string;
  /** Elements per second of the start-up benchmark; absent when not measured. */
  readonly elementsPerSecond?: number;
}

export interface EngineReport {
  readonly engines: readonly EngineInfo[];
  /** What `auto` uses. */
  readonly chosen: EngineKind;
}

export type RunState = 'running' | 'paused' | 'finishing' | 'done' | 'failed' | 'cancelled' | 'interrupted';

export interface ShardProgress {
  readonly path: string;
  readonly sizeBytes: number;
  readonly writtenBytes: number;
}

/** A file of the finished directory. */
export interface OutputFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface RunStatus {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly state: RunState;
  /** Why it is paused or failed. */
  readonly error?: WireError;
  readonly recipeText: string;
  readonly method: string;
  readonly engine: EngineKind | null;
  readonly device: string | null;
  readonly fetchedBytes: number;
  readonly fetchBytes: number;
  readonly mergedBytes: number;
  readonly writtenBytes: number;
  readonly writeBytes: number;
  readonly fetchBytesPerSecond: number;
  readonly writeBytesPerSecond: number;
  /** Null until it can be told. */
  readonly secondsLeft: number | null;
  readonly activeSeconds: number;
  readonly inFlightBytes: number;
  readonly peakInFlightBytes: number;
  readonly budgetBytes: number;
  /** The browser has no network; what needs it goes on by itself when it is back. */
  readonly waitsForNetwork: boolean;
  /** The tensor being merged. */
  readonly current: string | null;
  readonly shards: readonly ShardProgress[];
  readonly health: HealthReport;
  /** Tensors with elements of a floating-point dtype, which `health` is about. */
  readonly tensorCount: number;
  /** Once done. */
  readonly files: readonly OutputFile[];
  readonly warnings: readonly string[];
  /** Newest last; bounded. */
  readonly log: readonly { readonly at: string; readonly text: string }[];
}

export interface CheckRequest {
  readonly text: string;
  readonly sources: SourceSettings;
  readonly run: RunSettings;
  /** Whether to ask anew for models that could not be opened a moment ago; the answer is kept for some seconds. */
  readonly again?: boolean;
}

/** A recipe in another program's terms. */
export interface RecipeExport {
  readonly text: string;
  /** What differs there, as sentences. */
  readonly notes: readonly string[];
}

export interface StartRequest extends CheckRequest {
  readonly name: string;
}

/** The whole engine as the page sees it. Implemented by engine/client.ts over workers, and by fakes in UI tests. */
export interface EngineClient {
  /** Parses, opens models, plans. Latest wins: an older check in flight rejects with `Cancelled`. */
  check(request: CheckRequest): Promise<CheckReport>;
  /**
   * The recipe as plain mergekit YAML, which takes its models' headers. Rejects with `RecipeRefused` when the recipe has
   * errors, or says something that mergekit cannot.
   */
  exportForMergekit(request: CheckRequest): Promise<RecipeExport>;
  engines(): Promise<EngineReport>;
  /** Starts a run; rejects with `RecipeRefused` when the check finds errors. Resolves once the job exists. */
  start(request: StartRequest): Promise<RunStatus>;
  pause(id: string): Promise<void>;
  /** Also for runs found interrupted, paused by a full disk or failed on the network. */
  resume(id: string, sources: SourceSettings, run: RunSettings): Promise<void>;
  /** Stops a run for good and deletes its partial output; it stays in the list as cancelled. */
  cancel(id: string): Promise<void>;
  /** Deletes a finished or cancelled run and its files. */
  remove(id: string): Promise<void>;
  runs(): Promise<readonly RunStatus[]>;
  /** A file of a finished run, streaming from disk. */
  outputFile(id: string, path: string): Promise<File>;
  /** Called at most every 100 ms per run, and at every change of state. Returns the unsubscriber. */
  onRun(listener: (status: RunStatus) => void): () => void;
  dispose(): void;
}
