/**
 * Reads the header of a safetensors file: an 8-byte little-endian length, then JSON that says for each tensor its dtype,
 * shape and byte range (github.com/huggingface/safetensors, "Format"). Files come from strangers, so every rule
 * of the format is checked, in the reference reader's order; whatever passes has tensors that cover the file exactly.
 */

import type { ByteSource } from '../base/bytes.ts';
import { DTYPE_BITS, type Dtype, isDtype } from '../base/dtype.ts';
import { GraftError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { decodeUtf8, JsonFault, JsonReader } from './json.ts';

/** One tensor of a file: its absolute byte range is `[start, end)`. */
interface HeaderTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly tensors: readonly HeaderTensor[];
  readonly metadata: ReadonlyMap<string, string>;
  /** Where the tensors' bytes begin: 8 + the header's length. */
  readonly dataStart: number;
}

const LENGTH_BYTES = 8;
/** Enough for the header of a 7 B model, so that most files cost one request. */
const FIRST_READ_BYTES = 64 * 1024;
/** The reference reader's recursion limit. */
const MAX_DEPTH = 127;
/** The largest published checkpoints have under 100,000 tensors; more than this is an attack on memory. */
const MAX_TENSORS = 1_000_000;
/** PyTorch stops at 64 axes; the format sets no limit. */
const MAX_RANK = 65_536;
const MAX_QUOTED = 80;

/**
 * Reads and checks the header of `source` in one or two range reads.
 * @param file the name that errors give
 * @throws GraftError `InvalidFile` naming the file and the reason; whatever the source throws
 */
export async function readHeader(
  source: ByteSource,
  file: string,
  signal?: AbortSignal,
): Promise<SafetensorsHeader> {
  const options = signal === undefined ? {} : { signal };
  const size = source.sizeBytes;
  if (size < LENGTH_BYTES) throw invalid(file, `it has ${size} bytes, fewer than the 8 of a header's length`);
  const first = new Uint8Array(Math.min(size, FIRST_READ_BYTES));
  await source.read(0, first, options);
  const length = headerLength(first, size, file);
  const json = new Uint8Array(length);
  json.set(first.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
  if (LENGTH_BYTES + length > first.length) {
    await source.read(first.length, json.subarray(first.length - LENGTH_BYTES), options);
  }
  return parseHeader(json, size, file);
}

/**
 * Checks a header's JSON bytes (without the 8 bytes of its length) against the size of the whole file.
 * @throws GraftError `InvalidFile` naming the file and the reason
 */
export function parseHeader(json: Uint8Array, fileSizeBytes: number, file: string): SafetensorsHeader {
  const dataStart = LENGTH_BYTES + json.length;
  try {
    const { tensors, metadata } = readEntries(
      new JsonReader(decodeUtf8(json), { maxDepth: MAX_DEPTH }),
      dataStart,
    );
    const ordered = [...tensors.values()].sort((a, b) => a.start - b.start || a.end - b.end);
    checkCoverage(ordered, dataStart, fileSizeBytes);
    return { tensors: ordered, metadata, dataStart };
  } catch (error) {
    if (error instanceof JsonFault) throw invalid(file, `in its header, ${error.message}`, error);
    throw error;
  }
}

/** Number of elements of `shape`, or null when it (or a partial product) is above 2^53 - 1. */
export function elementCount(shape: readonly number[]): number | null {
  let count = 1;
  for (const axis of shape) {
    count *= axis;
    if (!Number.isSafeInteger(count)) return null;
  }
  return count;
}

function headerLength(first: Uint8Array, fileSizeBytes: number, file: string): number {
  const length = new DataView(first.buffer, first.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > BigInt(LIMITS.headerBytes)) {
    throw invalid(
      file,
      `its header claims ${length} bytes, above the format's limit of ${LIMITS.headerBytes}`,
    );
  }
  if (LENGTH_BYTES + Number(length) > fileSizeBytes) {
    throw invalid(file, `its header claims ${length} bytes but the file has only ${fileSizeBytes}`);
  }
  return Number(length);
}

function readEntries(reader: JsonReader, dataStart: number) {
  const tensors = new Map<string, HeaderTensor>();
  let metadata: ReadonlyMap<string, string> | null = null;
  reader.object((name) => {
    if (name === '__metadata__') {
      if (metadata !== null) reader.fail('__metadata__ appears twice');
      metadata = readMetadata(reader);
      return;
    }
    if (tensors.has(name)) reader.fail(`tensor ${quote(name)} appears twice`);
    if (tensors.size >= MAX_TENSORS) reader.fail(`more than ${MAX_TENSORS} tensors`);
    tensors.set(name, readTensor(reader, name, dataStart));
  });
  reader.end();
  return { tensors, metadata: metadata ?? new Map<string, string>() };
}

function readMetadata(reader: JsonReader): Map<string, string> {
  const metadata = new Map<string, string>();
  if (reader.peek() === 'word') {
    if (reader.word() !== null) reader.fail('__metadata__ is not an object');
    return metadata;
  }
  reader.object((key) => {
    if (metadata.has(key)) reader.fail(`__metadata__ has the key ${quote(key)} twice`);
    metadata.set(key, reader.string());
  });
  return metadata;
}

function readTensor(reader: JsonReader, name: string, dataStart: number): HeaderTensor {
  let dtype: Dtype | null = null;
  let shape: number[] | null = null;
  let offsets: number[] | null = null;
  reader.object((field) => {
    switch (field) {
      case 'dtype': {
        if (dtype !== null) reader.fail(`tensor ${quote(name)} has two dtypes`);
        const text = reader.string();
        if (!isDtype(text)) return reader.fail(`tensor ${quote(name)} has the unknown dtype ${quote(text)}`);
        dtype = text;
        break;
      }
      case 'shape':
        if (shape !== null) reader.fail(`tensor ${quote(name)} has two shapes`);
        shape = readCounts(reader, MAX_RANK);
        break;
      case 'data_offsets':
        if (offsets !== null) reader.fail(`tensor ${quote(name)} has two data_offsets`);
        offsets = readCounts(reader, 2);
        break;
      default:
        reader.skip();
    }
  });
  if (dtype === null || shape === null || offsets === null) {
    return reader.fail(`tensor ${quote(name)} lacks its dtype, shape or data_offsets`);
  }
  const [begin, end] = offsets as readonly (number | undefined)[];
  if (begin === undefined || end === undefined) {
    return reader.fail(`tensor ${quote(name)} needs two data_offsets`);
  }
  return { name, dtype, shape, start: dataStart + begin, end: dataStart + end };
}

function readCounts(reader: JsonReader, most: number): number[] {
  const counts: number[] = [];
  reader.array(() => {
    if (counts.length >= most) reader.fail(`a list of more than ${most} numbers`);
    counts.push(reader.count());
  });
  return counts;
}

/** Tensors lie end to end from the header to the file's last byte, each as long as its dtype and shape say. */
function checkCoverage(ordered: readonly HeaderTensor[], dataStart: number, fileSizeBytes: number): void {
  let cursor = dataStart;
  for (const { name, dtype, shape, start, end } of ordered) {
    if (start !== cursor || end < start) {
      throw new JsonFault(
        `tensor ${quote(name)} has the bytes ${start - dataStart} to ${end - dataStart} where byte ${cursor - dataStart} comes next: a hole or an overlap`,
      );
    }
    const bits = (elementCount(shape) ?? Number.NaN) * DTYPE_BITS[dtype];
    if (!Number.isSafeInteger(bits))
      throw new JsonFault(`tensor ${quote(name)} has a shape too large to count`);
    if (bits % 8 !== 0) throw new JsonFault(`tensor ${quote(name)} does not end on a whole byte`);
    if (end - start !== bits / 8) {
      throw new JsonFault(
        `tensor ${quote(name)} has ${end - start} bytes where its dtype and shape need ${bits / 8}`,
      );
    }
    cursor = end;
  }
  if (cursor !== fileSizeBytes) {
    throw new JsonFault(`the tensors end at byte ${cursor} but the file has ${fileSizeBytes}`);
  }
}

function quote(name: string): string {
  return JSON.stringify(name.length > MAX_QUOTED ? `${name.slice(0, MAX_QUOTED)}...` : name);
}

function invalid(file: string, reason: string, cause?: unknown): GraftError {
  return new GraftError('InvalidFile', `${file} is not a valid safetensors file: ${reason}.`, {
    where: file,
    fix: 'Download the file again, or ask its author to save it again with the safetensors library.',
    cause,
  });
}
