/** An engine client without an engine: answers are set by the test, requests are kept, runs move when told to. */

import { GraftError } from '../../base/errors.ts';
import { EMPTY_HEALTH } from '../../engine/health-report.ts';
import type {
  CheckReport,
  CheckRequest,
  EngineClient,
  EngineReport,
  RecipeExport,
  RunStatus,
  StartRequest,
} from '../../engine/protocol.ts';

export const EMPTY_REPORT: CheckReport = { problems: [], models: [], cost: null, warnings: [] };

export const CPU_ONLY: EngineReport = {
  chosen: 'cpu',
  engines: [
    { kind: 'gpu', available: false, device: 'none', note: 'This browser offers no WebGPU adapter.' },
    { kind: 'cpu', available: true, device: '8 cores', elementsPerSecond: 310e6 },
  ],
};

export const NEW_RUN: RunStatus = {
  id: 'run-1',
  name: 'demo',
  createdAt: '2026-01-01T10:00:00.000Z',
  state: 'running',
  recipeText: '',
  method: 'ties',
  engine: 'cpu',
  device: '8 cores',
  fetchedBytes: 0,
  fetchBytes: 100,
  mergedBytes: 0,
  writtenBytes: 0,
  writeBytes: 40,
  fetchBytesPerSecond: 0,
  writeBytesPerSecond: 0,
  secondsLeft: null,
  activeSeconds: 0,
  inFlightBytes: 0,
  waitsForNetwork: false,
  health: EMPTY_HEALTH,
  tensorCount: 0,
  peakInFlightBytes: 0,
  budgetBytes: 512 * 1024 * 1024,
  current: null,
  shards: [],
  files: [],
  warnings: [],
  log: [],
};

export class FakeEngine implements EngineClient {
  readonly checks: CheckRequest[] = [];
  readonly starts: StartRequest[] = [];
  /** Calls on runs as `pause run-1`. */
  readonly calls: string[] = [];
  report: (request: CheckRequest) => CheckReport | Promise<CheckReport> = () => EMPTY_REPORT;
  engineReport: EngineReport = CPU_ONLY;
  list: readonly RunStatus[] = [];
  /** What the next start or action on a run rejects with. */
  refusal: GraftError | null = null;
  private readonly listeners = new Set<(status: RunStatus) => void>();

  async check(request: CheckRequest): Promise<CheckReport> {
    this.checks.push(request);
    return await this.report(request);
  }

  async exportForMergekit(request: CheckRequest): Promise<RecipeExport> {
    this.calls.push(`export ${request.text.length}`);
    this.refuse();
    return await Promise.resolve({ text: `# for mergekit\n${request.text}`, notes: ['Mind the paths.'] });
  }

  engines(): Promise<EngineReport> {
    return Promise.resolve(this.engineReport);
  }

  async start(request: StartRequest): Promise<RunStatus> {
    this.starts.push(request);
    this.refuse();
    const run = { ...NEW_RUN, id: `run-${this.starts.length}`, name: request.name, recipeText: request.text };
    this.emit(run);
    return await Promise.resolve(run);
  }

  pause(id: string): Promise<void> {
    return this.act(id, 'pause', 'paused');
  }

  resume(id: string): Promise<void> {
    return this.act(id, 'resume', 'running');
  }

  cancel(id: string): Promise<void> {
    return this.act(id, 'cancel', 'cancelled');
  }

  async remove(id: string): Promise<void> {
    this.calls.push(`remove ${id}`);
    this.refuse();
    this.list = this.list.filter((run) => run.id !== id);
    await Promise.resolve();
  }

  runs(): Promise<readonly RunStatus[]> {
    return Promise.resolve(this.list);
  }

  outputFile(id: string, path: string): Promise<File> {
    this.calls.push(`file ${id} ${path}`);
    return Promise.resolve(new File([`content of ${path}`], path));
  }

  onRun(listener: (status: RunStatus) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  dispose(): void {
    this.listeners.clear();
  }

  /** What the engine would say of a run. */
  emit(status: RunStatus): void {
    const known = this.list.some((run) => run.id === status.id);
    this.list = known
      ? this.list.map((run) => (run.id === status.id ? status : run))
      : [status, ...this.list];
    for (const listener of this.listeners) listener(status);
  }

  private async act(id: string, verb: string, state: RunStatus['state']): Promise<void> {
    this.calls.push(`${verb} ${id}`);
    this.refuse();
    const run = this.list.find((candidate) => candidate.id === id);
    if (run !== undefined) this.emit({ ...run, state });
    await Promise.resolve();
  }

  private refuse(): void {
    const { refusal } = this;
    this.refusal = null;
    if (refusal !== null) throw refusal;
  }
}

/** A promise to settle by hand. */
export function cancelled(): GraftError {
  return new GraftError('Cancelled', 'A newer check took its place.');
}
