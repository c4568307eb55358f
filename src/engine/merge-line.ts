/** The order of merging: two tensors at work at a time, written strictly one after the other. */

import { TENSORS_IN_FLIGHT } from '../plan/work.ts';
import { Budget } from './budget.ts';
import { type MergeParts, mergeWork, type TensorWork } from './merge-work.ts';

/** Tensors on their way from fetched to written, in the order they came. */
export class MergeLine {
  readonly #parts: MergeParts;
  readonly #slots = new Budget(TENSORS_IN_FLIGHT);
  #last: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | null = null;

  constructor(parts: MergeParts) {
    this.#parts = parts;
  }

  get failed(): boolean {
    return this.#failure !== null;
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /**
   * Resolves when `work` and all before it are written, or given up after a failure; never rejects. What was being merged
   * when another failed may still be written, which is sound by itself.
   */
  add(work: TensorWork): Promise<void> {
    const turn = this.#last;
    this.#last = this.#merge(work, turn);
    return this.#last;
  }

  /** Throws the first failure, if there was one. */
  rethrow(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #merge(work: TensorWork, turn: Promise<void>): Promise<void> {
    const slot = await this.#slots.claim(1);
    try {
      if (work.alone) await turn;
      if (!this.failed) await mergeWork(work, this.#parts, turn);
      await turn;
      if (!this.failed) await this.#parts.writer.settle();
    } catch (error) {
      this.fail(error);
      await turn;
    } finally {
      slot.release();
    }
  }
}
