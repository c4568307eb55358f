/** Pause, resume and cancel of one run: a gate that work passes before each step, and the signal that ends it. */

import { type Deferred, deferred } from '../base/deferred.ts';
import { GraftError } from '../base/errors.ts';

export class RunControl {
  readonly #abort = new AbortController();
  #gate: Deferred<void> | null = null;
  readonly #onChange: () => void;
  /** Why the run waits, when it is not the person's own pause. */
  reason: GraftError | null = null;

  /** @param onChange called at every pause and resume, to tell the page at once. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get paused(): boolean {
    return this.#gate !== null;
  }

  pause(reason: GraftError | null = null): void {
    if (this.#gate !== null || this.signal.aborted) return;
    this.#gate = deferred();
    this.reason = reason;
    this.#onChange();
  }

  resume(): void {
    const gate = this.#gate;
    this.#gate = null;
    this.reason = null;
    gate?.resolve();
    if (gate !== null) this.#onChange();
  }

  cancel(): void {
    this.#abort.abort(new GraftError('Cancelled', 'The run was cancelled.'));
    this.#gate?.resolve();
    this.#gate = null;
    this.reason = null;
  }

  /** Resolves when the run may go on; rejects with `Cancelled`. */
  async pass(): Promise<void> {
    while (this.#gate !== null) await this.#gate.promise;
    this.signal.throwIfAborted();
  }

  /**
   * Does `step`; when the disk is full, pauses the run with the reason and tries again after it was resumed, so that
   * bytes already fetched and merged are not lost.
   */
  async untilStored<T>(step: () => Promise<T>): Promise<T> {
    for (;;) {
      await this.pass();
      try {
        return await step();
      } catch (error) {
        if (!(error instanceof GraftError) || error.tag !== 'StorageFull') throw error;
        this.pause(error);
      }
    }
  }
}
