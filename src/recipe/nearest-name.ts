/** The name somebody most likely meant. */

/** Names longer than this are not compared: the cost is the product of the lengths. */
const LONGEST_NAME = 64;

/**
 * The candidate closest to `name` by edit distance (insert, delete, replace, swap of neighbours), blind to case and
 * to `-` for `_`. Null when none is close: one edit per three characters is the limit, so that short names such as
 * `t` match exactly or not at all. Of equally close candidates the first wins.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | null {
  if (name.length > LONGEST_NAME) return null;
  const wanted = normalise(name);
  let best: string | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    if (candidate.length > LONGEST_NAME) continue;
    const limit = Math.floor(Math.max(name.length, candidate.length) / 3);
    const distance = editDistance(wanted, normalise(candidate));
    if (distance <= limit && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Optimal string alignment distance between two short strings, in UTF-16 units. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(replace, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

function normalise(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}
