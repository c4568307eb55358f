/**
 * All runs of this worker: starting, finding again after a reload, pausing, cancelling, removing. One run is at work at
 * a time; a paused one keeps what it has in flight and lets another go ahead.
 */

import { isInputDtype } from '../base/dtype.ts';
import { GraftError } from '../base/errors.ts';
import { openJobStore } from '../storage/job-store.ts';
import type { JobFiles, JobStore, SyncDirectory } from '../storage/types.ts';
import { holdJob, isJobHeld, type JobHold, whenJobFree } from '../storage/web-lock.ts';
import type { EngineRoom } from './engine-room.ts';
import { EMPTY_HEALTH } from './health-report.ts';
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
  /** The run that is being started or resumed. */
  #beginning: string | null = null;
  /** Runs of other tabs whose end is waited for. */
  readonly #watched = new Set<string>();

  constructor(options: RunHostOptions) {
    this.#options = options;
  }

  start({ name, plan, sources, run }: StartPlanned): Promise<RunStatus> {
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
      health: EMPTY_HEALTH,
      tensorCount: plan.tensors.filter(({ dtype, elementCount }) => isInputDtype(dtype) && elementCount > 0)
        .length,
      log: [],
      error: null,
    };
    const job = { id, plan: serialisePlan(plan), state: stored };
    return this.#alone(id, () => this.#begin(id, (store) => store.create(job), sources, run));
  }

  async resume(id: string, sources: SourceSettings, run: RunSettings): Promise<void> {
    const active = this.#jobs.get(id);
    if (active === undefined) {
      await this.#alone(id, () => this.#begin(id, (store) => openStored(store, id), sources, run));
    } else if (active.control.paused) {
      await this.#alone(id, async () => active.control.resume());
    }
  }

  async pause(id: string): Promise<void> {
    const active = this.#jobs.get(id);
    if (active !== undefined) active.control.pause();
    // A run of another tab is refused in words; one that is not at work anywhere stands still already.
    else (await holdJob(id)).release();
  }

  async cancel(id: string): Promise<void> {
    const active = this.#jobs.get(id);
    if (active === undefined) {
      const hold = await holdJob(id);
      try {
        await this.#discard(id);
      } finally {
        hold.release();
      }
    } else {
      active.control.cancel();
      await active.ended;
      await this.#discard(id);
    }
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
    // A job that ends while the store is being read says itself how; what was read of it is older.
    const before = new Map(this.#jobs);
    const statuses: RunStatus[] = [];
    for (const { id, state } of await store.list()) {
      const active = this.#jobs.get(id) ?? before.get(id);
      const stored = readStored(state);
      if (active !== undefined) statuses.push(active.status());
      else if (stored !== null && id === this.#beginning) {
        statuses.push(statusOf(id, { ...stored, state: 'running', error: null }, true));
      } else if (stored !== null) {
        const heldElsewhere = await isJobHeld(id);
        // What the watch cannot tell, the next list does.
        if (heldElsewhere) this.#watch(id).catch(() => undefined);
        statuses.push(statusOf(id, stored, heldElsewhere));
      }
    }
    return statuses.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  async outputFile({ id, path }: { id: string; path: string }): Promise<File> {
    return (await this.#openStore()).file(id, path);
  }

  /** Runs `begin` while no other run is at work or about to be. */
  async #alone<T>(id: string, begin: () => Promise<T>): Promise<T> {
    if (this.#beginning !== null || [...this.#jobs.values()].some((job) => !job.control.paused)) {
      throw new GraftError('JobLocked', 'Another run is at work.', {
        fix: 'Wait for it, or pause or cancel it first.',
      });
    }
    this.#beginning = id;
    try {
      return await begin();
    } finally {
      this.#beginning = null;
    }
  }

  /** Locks the job against other tabs, opens its files and sets it to work. */
  async #begin(
    id: string,
    open: (store: JobStore) => Promise<JobFiles>,
    sources: SourceSettings,
    settings: RunSettings,
  ): Promise<RunStatus> {
    const store = await this.#openStore();
    const hold = await holdJob(id);
    try {
      const files = await open(store);
      try {
        return this.#launch(store, files, hold, sources, settings);
      } catch (error) {
        await files.close();
        throw error;
      }
    } catch (error) {
      hold.release();
      throw error;
    }
  }

  #launch(
    store: JobStore,
    files: JobFiles,
    hold: JobHold,
    sources: SourceSettings,
    settings: RunSettings,
  ): RunStatus {
    const { room, hashing, emit } = this.#options;
    const { id } = files;
    const stored = readStored(files.state);
    if (stored === null) {
      throw new GraftError('StorageCorrupt', 'What was stored of this run cannot be read.', {
        where: id,
        fix: 'Remove the run and start it again.',
      });
    }
    const save = async (patch: Partial<StoredRun>) => {
      await store.update(id, patch);
    };
    const job = new RunJob({ id, stored, files, sources, settings, room, hashing, emit, save });
    this.#jobs.set(id, job);
    void job.ended.finally(() => {
      this.#jobs.delete(id);
      hold.release();
      const status = job.status();
      // A cancelled run is told of by `#discard`, when its output is gone.
      if (status.state !== 'cancelled') emit(status);
    });
    // Heard before the call that began it is answered: from then on nobody may take it for ended.
    emit(job.status());
    return job.status();
  }

  /** Deletes the output of a run that nobody is at work on. One that is done by now stays as it is. */
  async #discard(id: string): Promise<void> {
    const store = await this.#openStore();
    if ((await storedRun(store, id))?.state === 'done') return;
    const stored = readStored(await store.update(id, { state: 'cancelled', error: null }));
    try {
      await store.removeOutput(id);
    } finally {
      if (stored !== null) this.#options.emit(statusOf(id, stored, false));
    }
  }

  /** Tells how a run of another tab ended, or that it was cut short, once that tab lets go of it. */
  async #watch(id: string): Promise<void> {
    if (this.#watched.has(id)) return;
    this.#watched.add(id);
    await whenJobFree(id);
    this.#watched.delete(id);
    const stored = await storedRun(await this.#openStore(), id);
    if (stored !== null && !this.#jobs.has(id)) this.#options.emit(statusOf(id, stored, false));
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

async function storedRun(store: JobStore, id: string): Promise<StoredRun | null> {
  const job = (await store.list()).find((candidate) => candidate.id === id);
  return readStored(job?.state ?? null);
}

/** Opens a run to go on with it; one that has ended for good is refused in words. */
async function openStored(store: JobStore, id: string): Promise<JobFiles> {
  const state = (await storedRun(store, id))?.state;
  if (state === 'cancelled') {
    throw new GraftError('FileMissing', 'This run was cancelled, and what it had written is deleted.', {
      where: id,
      fix: 'Start the merge anew.',
    });
  }
  return store.open(id);
}
