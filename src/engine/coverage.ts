/** Which bytes of each output file are finished: the journal's records as merged intervals. */

import type { JournalRecord } from '../storage/types.ts';

interface Interval {
  readonly start: number;
  end: number;
}

export class Coverage {
  readonly #files = new Map<number, Interval[]>();

  constructor(records: readonly JournalRecord[]) {
    const sorted = [...records].sort((a, b) => a.file - b.file || a.start - b.start);
    for (const { file, start, end } of sorted) {
      const intervals = this.#files.get(file) ?? [];
      this.#files.set(file, intervals);
      const last = intervals.at(-1);
      if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
      else intervals.push({ start, end });
    }
  }

  /** Whether `[start, end)` of `file` is finished; an empty range always is. */
  covers(file: number, start: number, end: number): boolean {
    if (start >= end) return true;
    const intervals = this.#files.get(file) ?? [];
    return intervals.some((interval) => interval.start <= start && end <= interval.end);
  }
}
