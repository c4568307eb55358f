/**
 * Writes merged pieces at their places and records them. Data is made durable before its record (JobFiles.commit), and
 * a flush costs the same for one piece as for many, so records are gathered for a while.
 */

import { crc32c } from '../storage/crc32c.ts';
import type { JobFiles, JournalRecord } from '../storage/types.ts';
import type { RunControl } from './control.ts';
import type { Meter } from './meter.ts';

/** Commit after this many bytes: a crash then costs at most about a second of work. */
const COMMIT_BYTES = 128 * 1024 * 1024;
/** ... or after this long, for slow links. */
const COMMIT_MS = 1_500;

export class OutputWriter {
  readonly #files: JobFiles;
  readonly #meter: Meter;
  readonly #control: RunControl;
  readonly #onWrite: (shard: number, at: number, bytes: Uint8Array, isFresh: boolean) => Promise<void>;
  #pending: JournalRecord[] = [];
  #pendingBytes = 0;
  #committedAtMs = performance.now();

  constructor(
    files: JobFiles,
    meter: Meter,
    control: RunControl,
    onWrite: (shard: number, at: number, bytes: Uint8Array, isFresh: boolean) => Promise<void>,
  ) {
    this.#files = files;
    this.#meter = meter;
    this.#control = control;
    this.#onWrite = onWrite;
  }

  /**
   * Writes a finished piece of shard `shard`; a full disk pauses the run and the write is tried again. `isFresh` gives
   * the bytes away for good.
   */
  async write(shard: number, at: number, bytes: Uint8Array, isFresh: boolean): Promise<void> {
    await this.#control.untilStored(() => this.#files.write(shard, at, bytes));
    this.#pending.push({ file: shard, start: at, end: at + bytes.byteLength, crc32c: crc32c(bytes) });
    this.#pendingBytes += bytes.byteLength;
    this.#meter.writtenBytes += bytes.byteLength;
    await this.#onWrite(shard, at, bytes, isFresh);
  }

  /** Commits when enough has gathered. Call it between units. */
  async settle(): Promise<void> {
    if (this.#pendingBytes < COMMIT_BYTES && performance.now() - this.#committedAtMs < COMMIT_MS) return;
    await this.commit();
  }

  async commit(): Promise<void> {
    const records = this.#pending;
    if (records.length === 0) return;
    this.#pending = [];
    this.#pendingBytes = 0;
    await this.#control.untilStored(() => this.#files.commit(records));
    this.#committedAtMs = performance.now();
  }

  /**
   * Records what is written where the run stops, so that going on later starts from there. Waits for nothing and never
   * rejects: what the storage does not take now is part of the next commit, or done again.
   */
  async commitNow(): Promise<void> {
    const records = this.#pending;
    this.#pending = [];
    try {
      if (records.length > 0) await this.#files.commit(records);
    } catch {
      this.#pending.unshift(...records);
    }
  }
}
