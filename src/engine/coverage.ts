/** Which bytes of each output file are finished: the journal's records as merged intervals. */

import type { JournalRecord } from '../storage/types.ts';
import { Intervals } from './intervals.ts';

export class Coverage {
  readonly #files = new Map<number, Intervals>();

  constructor(records: readonly JournalRecord[]) {
    const sorted = [...records].sort((a, b) => a.file - b.file || a.start - b.start);
    for (const { file, start, end } of sorted) {
      const intervals = this.#files.get(file) ?? new Intervals();
      this.#files.set(file, intervals);
      intervals.add(start, end);
    }
  }

  /** Whether `[start, end)` of `file` is finished; an empty range always is. */
  covers(file: number, start: number, end: number): boolean {
    return start >= end || this.#files.get(file)?.covers(start, end) === true;
  }
}
