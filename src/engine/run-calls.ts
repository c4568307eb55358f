/** The calls of the run worker. */
// biome-ignore-all lint/suspicious/noConfusingVoidType: a call that answers nothing answers void.
import type { MergePlan } from '../plan/types.ts';
import type { EngineReport, RunSettings, RunStatus, SourceSettings } from './protocol.ts';

export interface StartPlanned {
  readonly name: string;
  readonly plan: MergePlan;
  readonly sources: SourceSettings;
  readonly run: RunSettings;
}

export type RunCalls = {
  engines: { input: null; output: EngineReport };
  start: { input: StartPlanned; output: RunStatus };
  pause: { input: string; output: void };
  resume: {
    input: { readonly id: string; readonly sources: SourceSettings; readonly run: RunSettings };
    output: void;
  };
  cancel: { input: string; output: void };
  remove: { input: string; output: void };
  runs: { input: null; output: readonly RunStatus[] };
  outputFile: { input: { readonly id: string; readonly path: string }; output: File };
};

export type RunEvent = RunStatus;
