/**
 * All runs of this worker: starting, finding again after a reload, pausing, cancelling, removing. One run is at work at
 * a time; a paused one holds no memory and lets another go ahead.
 */

import { GraftError, toGraftError, toWire } from '../base/errors.ts';
import { openJobStore } from '../storage/job-store.ts';
import type { JobStore, SyncDirectory } from '../storage/types.ts';
import { holdJob, isJobHeld, type JobHold } from '../storage/web-lock.ts';
import type { EngineRoom } from './engine-room.ts';
import type { RunSettings, RunStatus, SourceSettings } from './protocol.ts';
import type { StartPlanned } from './run-calls.ts';
import { RunJob } from './run-job.ts';
import type { HashEnd } from './shard-hasher.ts';
import { readStored, type StoredRun, serialisePlan, statusOf } from './stored-run.ts';

export interface RunHostOptions {
  readonly openRoot: () => Promise<SyncDirectory>;
  readonly room: EngineRoom;
  readonly hashing: HashEnd;
  readonly emit: (status: RunStatus) => void;
}

/** States in which a run has ended and its files can be deleted. */
const ENDED = ['done', 'failed', 'cancelled', 'interrupted'];

export class RunHost {
  readonly #options: RunHostOptions;
  #store: Promise<JobStore> | null = null;
  readonly #jobs = new Map<string, RunJob>();

  constructor(options: RunHostOptions) {
    this.#options = options;
  }

  async start({ name, plan, sources, run }: StartPlanned): Promise<RunStatus> {
    this.#refuseSecondRun();
    const store = await this.#openStore();
    const id = newId();
    const stored: StoredRun = {
      name,
      createdAt: new Date().toISOString(),
      state: 'running',
      recipeText: plan.recipeText,
      method: plan.method,
      engine: null,
      device: null,
      fetchBytes: plan.totals.fetchBytes,
      writeBytes: plan.totals.writeBytes,
      fetchedBytes: 0,
      mergedBytes: 0,
      writtenBytes: 0,
      activeSeconds: 0,
      budgetBytes: run.budgetBytes,
      peakInFlightBytes: 0,
      shards: plan.shards.map(({ path, sizeBytes }) => ({ path, sizeBytes, writtenBytes: 0 })),
      files: [],
      warnings: plan.warnings,
      log: [],
      error: null,
    };
    const hold = await holdJob(id);
    try {
      const files = await store.create({ id, plan: serialisePlan(plan), state: stored });
      return this.#launch(id, stored, hold, files, sources, run);
    } catch (error) {
      hold.release();
      throw error;
    }
  }

  async resume(id: string, sources: SourceSettings, run: RunSettings): Promise<void> {
    const active = this.#jobs.get(id);
    if (active !== undefined) {
      active.control.resume();
      return;
    }
    this.#refuseSecondRun();
    const store = await this.#openStore();
    const hold = await holdJob(id);
    try {
      const files = await store.open(id);
      const stored = readStored(files.state);
      if (stored === null) {
        await files.close();
        throw new GraftError('StorageCorrupt', 'What was stored of this run cannot be read.', {
          where: id,
          fix: 'Remove the run and start it again.',
        });
      }
      this.#launch(id, stored, hold, files, sources, run);
    } catch (error) {
      hold.release();
      throw error;
    }
  }

  async pause(id: string): Promise<void> {
    this.#jobs.get(id)?.control.pause();
  }

  async cancel(id: string): Promise<void> {
    const active = this.#jobs.get(id);
    if (active !== undefined) {
      active.control.cancel();
      await active.ended;
    }
    const store = await this.#openStore();
    const state = await store.update(id, { state: 'cancelled', error: null });
    await store.removeOutput(id);
    const stored = readStored(state);
    if (stored !== null) this.#options.emit(statusOf(id, stored, false));
  }

  async remove(id: string): Promise<void> {
    const status = (await this.list()).find((run) => run.id === id);
    if (status !== undefined && !ENDED.includes(status.state)) {
      throw new GraftError('JobLocked', 'This run is still at work.', { fix: 'Cancel it first.' });
    }
    await (await this.#openStore()).remove(id);
  }

  /** All runs, newest first; stored ones that cannot be read are left out, and left alone. */
  async list(): Promise<readonly RunStatus[]> {
    const store = await this.#openStore();
    const statuses: RunStatus[] = [];
    for (const { id, state } of await store.list()) {
      const active = this.#jobs.get(id);
      const stored = readStored(state);
      if (active !== undefined) statuses.push(active.status());
      else if (stored !== null) statuses.push(statusOf(id, stored, await isJobHeld(id)));
    }
    return statuses.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  async outputFile({ id, path }: { id: string; path: string }): Promise<File> {
    return (await this.#openStore()).file(id, path);
  }

  #launch(
    id: string,
    stored: StoredRun,
    hold: JobHold,
    files: Awaited<ReturnType<JobStore['open']>>,
    sources: SourceSettings,
    run: RunSettings,
  ): RunStatus {
    const job = new RunJob({
      id,
      stored,
      files,
      sources,
      settings: run,
      room: this.#options.room,
      hashing: this.#options.hashing,
      emit: this.#options.emit,
      save: async (patch) => {
        const store = await this.#openStore();
        await store.update(id, patch);
      },
    });
    this.#jobs.set(id, job);
    void job.ended.finally(() => {
      this.#jobs.delete(id);
      hold.release();
      this.#options.emit(job.status());
    });
    return job.status();
  }

  #refuseSecondRun(): void {
    for (const job of this.#jobs.values()) {
      if (job.control.paused) continue;
      throw new GraftError('JobLocked', 'Another run is at work.', {
        fix: 'Wait for it, or pause or cancel it first.',
      });
    }
  }

  #openStore(): Promise<JobStore> {
    this.#store ??= this.#options.openRoot().then(openJobStore);
    this.#store.catch(() => {
      this.#store = null;
    });
    return this.#store;
  }
}

/** Sorts by time of creation, and two runs of one millisecond still differ. */
function newId(): string {
  const random = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  return `${Date.now().toString(36)}-${random.toString(36).padStart(7, '0')}`;
}

export function describeFailure(error: unknown) {
  return toWire(toGraftError(error));
}
