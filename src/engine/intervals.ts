/** Half-open ranges of numbers, merged where they touch: what is done of something that is done in pieces. */

export interface Interval {
  readonly start: number;
  readonly end: number;
}

export class Intervals {
  /** Sorted; no two touch. */
  #list: Interval[] = [];

  /** Adding in ascending order takes constant time. */
  add(start: number, end: number): void {
    if (start >= end) return;
    let after = this.#list.length;
    while ((this.#list[after - 1]?.start ?? -1) > end) after--;
    let first = after;
    while ((this.#list[first - 1]?.end ?? -1) >= start) first--;
    const joined = this.#list.slice(first, after);
    const merged = {
      start: Math.min(start, joined[0]?.start ?? start),
      end: Math.max(end, joined.at(-1)?.end ?? end),
    };
    this.#list.splice(first, after - first, merged);
  }

  /** Whether `[start, end)` is in it; an empty range always is. */
  covers(start: number, end: number): boolean {
    return this.missing(start, end).length === 0;
  }

  /** The parts of `[start, end)` that are not in it, ascending. */
  missing(start: number, end: number): Interval[] {
    const gaps: Interval[] = [];
    let at = start;
    for (const known of this.#list) {
      if (known.end <= at) continue;
      if (known.start >= end) break;
      if (known.start > at) gaps.push({ start: at, end: known.start });
      at = known.end;
    }
    if (at < end) gaps.push({ start: at, end });
    return gaps;
  }
}
