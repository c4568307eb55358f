/**
 * The append-only journal of a job: which byte ranges of which output files are finished.
 *
 * ```
 * header, 64 bytes:  'GRAFTJNL', version u32, SHA-256 of the plan (32), 16 zeros, CRC32C of the first 60 bytes u32
 * entry, 32 bytes:   file u32, start u64, end u64, crc32c u32, known u32, check u32     (all little-endian)
 * ```
 *
 * `check` is the CRC32C of the header's check, the entry's own index and its first 28 bytes, so an entry counts only
 * in its place and its job. `known` is how many entries were durable before this one was written: a power loss can
 * spoil only entries from the last append on, so a bad entry below any `known` means damage, not a torn tail.
 */

import { GraftError } from '../base/errors.ts';
import { crc32c } from './crc32c.ts';
import { corrupt } from './storage-errors.ts';
import type { JournalRecord, SyncFile } from './types.ts';
import { flushFile, readAll, resizeFile, writeAll } from './write-all.ts';

const MAGIC = 0x4c4e4a5446415247n; // 'GRAFTJNL'
const VERSION = 1;
const HEADER_BYTES = 64;
const HEADER_CHECK_AT = 60;
const DIGEST_AT = 12;
const DIGEST_BYTES = 32;
const ENTRY_BYTES = 32;
const ENTRY_CHECK_AT = 28;
/** Two million records; a plan has one to a few per tensor. */
const MAX_JOURNAL_BYTES = 64 * 1024 * 1024;

export class Journal {
  readonly #file: SyncFile;
  readonly #path: string;
  /** CRC of the header, the seed of every entry's check. */
  readonly #seed: number;
  #records: JournalRecord[];
  /** Set when a flush failed: what reached the disk is unknown until the journal is opened anew. */
  #failed: GraftError | null = null;

  private constructor(file: SyncFile, path: string, seed: number, records: JournalRecord[]) {
    this.#file = file;
    this.#path = path;
    this.#seed = seed;
    this.#records = records;
  }

  /** Starts an empty journal in `file`, bound to a plan by its SHA-256. Durable on return. */
  static create(file: SyncFile, planDigest: Uint8Array, path: string): Journal {
    const header = makeHeader(planDigest);
    resizeFile(file, 0, path);
    writeAll(file, header, 0, path);
    flushFile(file, path);
    return new Journal(file, path, headerCheck(header), []);
  }

  /**
   * Reads a journal. A torn tail is cut off; a header of another plan or version, or damage before the tail, is
   * `StorageCorrupt`.
   */
  static open(file: SyncFile, planDigest: Uint8Array, path: string): Journal {
    const sizeBytes = file.getSize();
    if (sizeBytes < HEADER_BYTES || sizeBytes > MAX_JOURNAL_BYTES) {
      throw corrupt(path, `The journal has ${sizeBytes} bytes, which no journal can have.`);
    }
    const bytes = new Uint8Array(sizeBytes);
    readAll(file, bytes, 0, path);
    const header = makeHeader(planDigest);
    if (!header.every((byte, i) => byte === bytes[i])) {
      throw corrupt(path, 'The journal does not belong to the plan stored with it.');
    }
    const seed = headerCheck(header);
    const records = readEntries(bytes.subarray(HEADER_BYTES), seed, path);
    const journal = new Journal(file, path, seed, records);
    if (journal.#endBytes(records.length) !== sizeBytes) journal.#truncate(records.length);
    return journal;
  }

  get records(): readonly JournalRecord[] {
    return this.#records;
  }

  /**
   * Records finished ranges, durably. `flushData` must make their data durable; it runs first, and when it throws
   * nothing is recorded.
   */
  append(records: readonly JournalRecord[], flushData: () => void): void {
    if (this.#failed !== null) throw this.#failed;
    flushData();
    if (records.length === 0) return;
    const known = this.#records.length;
    const bytes = new Uint8Array(records.length * ENTRY_BYTES);
    records.forEach((record, i) => {
      const entry = bytes.subarray(i * ENTRY_BYTES, (i + 1) * ENTRY_BYTES);
      writeEntry(entry, record, known, known + i, this.#seed);
    });
    writeAll(this.#file, bytes, this.#endBytes(known), this.#path);
    this.#flush();
    this.#records.push(...records);
  }

  /** Takes back every record for which `keep` is false. A crash on the way loses more claims, never fewer. */
  retain(keep: (record: JournalRecord) => boolean): void {
    const first = this.#records.findIndex((record) => !keep(record));
    if (first < 0) return;
    const later = this.#records.slice(first).filter(keep);
    this.#records = this.#records.slice(0, first);
    this.#truncate(first);
    this.append(later, () => {});
  }

  close(): void {
    this.#file.close();
  }

  #truncate(recordCount: number): void {
    resizeFile(this.#file, this.#endBytes(recordCount), this.#path);
    this.#flush();
  }

  #flush(): void {
    try {
      flushFile(this.#file, this.#path);
    } catch (error) {
      if (error instanceof GraftError) this.#failed = error;
      throw error;
    }
  }

  #endBytes(recordCount: number): number {
    return HEADER_BYTES + recordCount * ENTRY_BYTES;
  }
}

function makeHeader(planDigest: Uint8Array): Uint8Array {
  if (planDigest.byteLength !== DIGEST_BYTES) throw new GraftError('Internal', 'A plan digest has 32 bytes.');
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setBigUint64(0, MAGIC, true);
  view.setUint32(8, VERSION, true);
  header.set(planDigest, DIGEST_AT);
  view.setUint32(HEADER_CHECK_AT, crc32c(header.subarray(0, HEADER_CHECK_AT)), true);
  return header;
}

function headerCheck(header: Uint8Array): number {
  return viewOf(header).getUint32(HEADER_CHECK_AT, true);
}

function writeEntry(
  entry: Uint8Array,
  record: JournalRecord,
  known: number,
  index: number,
  seed: number,
): void {
  const view = viewOf(entry);
  view.setUint32(0, record.file, true);
  view.setBigUint64(4, BigInt(record.start), true);
  view.setBigUint64(12, BigInt(record.end), true);
  view.setUint32(20, record.crc32c, true);
  view.setUint32(24, known, true);
  view.setUint32(ENTRY_CHECK_AT, entryCheck(entry, index, seed), true);
}

/** The entries up to the first bad one. */
function readEntries(bytes: Uint8Array, seed: number, path: string): JournalRecord[] {
  const count = Math.floor(bytes.byteLength / ENTRY_BYTES);
  const records: JournalRecord[] = [];
  let firstBad: number | null = null;
  for (let index = 0; index < count; index++) {
    const entry = bytes.subarray(index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES);
    const view = viewOf(entry);
    if (view.getUint32(ENTRY_CHECK_AT, true) !== entryCheck(entry, index, seed)) {
      firstBad ??= index;
      continue;
    }
    if (firstBad !== null) {
      if (view.getUint32(24, true) > firstBad)
        throw corrupt(path, `Record ${firstBad} of the journal is damaged.`);
      continue;
    }
    const record = {
      file: view.getUint32(0, true),
      start: Number(view.getBigUint64(4, true)),
      end: Number(view.getBigUint64(12, true)),
      crc32c: view.getUint32(20, true),
    };
    if (!Number.isSafeInteger(record.end) || record.start >= record.end) {
      throw corrupt(path, `Record ${index} of the journal makes no sense.`);
    }
    records.push(record);
  }
  return records;
}

function entryCheck(entry: Uint8Array, index: number, seed: number): number {
  const place = new Uint8Array(8);
  const view = viewOf(place);
  view.setUint32(0, seed, true);
  view.setUint32(4, index, true);
  return crc32c(entry.subarray(0, ENTRY_CHECK_AT), crc32c(place));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
