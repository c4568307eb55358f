/** Cutting work, so that no dispatch and no submission takes long. */

/** Consecutive parts of `count` things, each of at most `most`. */
export function* partsOf(count: number, most: number): Generator<{ start: number; end: number }> {
  const step = Math.max(1, Math.floor(most));
  for (let start = 0; start < count; start += step) yield { start, end: Math.min(count, start + step) };
}
