/**
 * A second look at the journal's newest claims: a disk that lies about flushes loses the newest data first, so the
 * last records' bytes are read again when a job is reopened.
 */

import { crc32c } from './crc32c.ts';
import { readChunks } from './read-chunks.ts';
import type { JournalRecord } from './types.ts';

/** What a re-read may cost: a fraction of a second from a disk. The last record is always read. */
const TAIL_RECORDS = 64;
const TAIL_BYTES = 256 * 1024 * 1024;

/**
 * Those of the newest records whose bytes do not have the CRC32C they claim.
 * @param read fills all of `target` from offset `at` of output file `file`, or throws
 */
export async function failingTail(
  records: readonly JournalRecord[],
  read: (file: number, at: number, target: Uint8Array) => Promise<void>,
): Promise<readonly JournalRecord[]> {
  const failing: JournalRecord[] = [];
  let tailBytes = 0;
  for (const record of records.slice(-TAIL_RECORDS).reverse()) {
    if (tailBytes > 0 && tailBytes + record.end - record.start > TAIL_BYTES) break;
    tailBytes += record.end - record.start;
    let crc = 0;
    await readChunks(
      record,
      (at, target) => read(record.file, at, target),
      (piece) => {
        crc = crc32c(piece, crc);
      },
    );
    if (crc !== record.crc32c) failing.push(record);
  }
  return failing;
}
