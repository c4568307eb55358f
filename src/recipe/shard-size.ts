/** `out_shard_size`: bytes as a number, or with a unit. */

/** Below this every tensor gets a file of its own anyway. */
const MIN_SHARD_BYTES = 1_000;
/** 100 TB: beyond every model, and far inside exact integers. */
const MAX_SHARD_BYTES = 1e14;

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  // mergekit's own suffixes count in thousands: k, m and b(illion).
  ['k', 1e3],
  ['m', 1e6],
  ['b', 1e9],
  ['g', 1e9],
  ['t', 1e12],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['tb', 1e12],
  ['kib', 2 ** 10],
  ['mib', 2 ** 20],
  ['gib', 2 ** 30],
  ['tib', 2 ** 40],
]);

const SIZE = /^(\d{1,15}(?:\.\d{1,9})?) ?([A-Za-z]{0,3})$/;

/** Bytes of `5000000000`, `5GB`, `500M`, `2B` (billion) or `1.5 GiB`; null when it is none of these or out of bounds. */
export function parseShardSize(value: number | string): number | null {
  const match = SIZE.exec(typeof value === 'number' ? String(value) : value.trim().replaceAll('_', ''));
  const factor = UNITS.get(match?.[2]?.toLowerCase() ?? '');
  if (!match || factor === undefined) return null;
  const sizeBytes = Math.floor(Number(match[1]) * factor);
  return sizeBytes >= MIN_SHARD_BYTES && sizeBytes <= MAX_SHARD_BYTES ? sizeBytes : null;
}
