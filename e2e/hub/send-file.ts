/** A file's bytes as an answer: ranges, throttle, and every way of sending them wrong. */

import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Exchange, Headers } from './exchange.ts';
import type { FaultSpec, RepoFile } from './types.ts';

export interface SendOptions {
  readonly contentType?: string;
  readonly fault?: FaultSpec | null;
  readonly bytesPerSecond?: number | undefined;
}

const CUT_DELAY_MS = 100;

/** Answers GET and HEAD with 200, 206 or 416. Resolves when everything is handed to the socket, or it is gone. */
export async function sendFile(exchange: Exchange, file: RepoFile, options: SendOptions = {}): Promise<void> {
  const fault = options.fault ?? null;
  exchange.fault = fault?.kind ?? null;
  const range = fault?.kind === 'whole' ? 'all' : parseRange(exchange.range, file.sizeBytes);
  const etag = fault?.kind === 'etag' ? `${file.etag}-changed` : file.etag;
  const headers: Headers = {
    'Accept-Ranges': 'bytes',
    'Content-Type': options.contentType ?? 'application/octet-stream',
    ETag: `"${etag}"`,
  };
  if (range === null) {
    exchange.head(416, { 'Content-Range': `bytes */${file.sizeBytes}`, 'Content-Length': 0 });
    exchange.response.end();
    return;
  }

  const shift = fault?.kind === 'shifted' ? (fault.shiftBytes ?? 16) : 0;
  const total = file.sizeBytes + (fault?.kind === 'size' ? (fault.shiftBytes ?? 16) : 0);
  const [start, end] = range === 'all' ? [0, file.sizeBytes] : [range[0] + shift, range[1] + shift];
  if (range !== 'all') headers['Content-Range'] = `bytes ${start}-${end - 1}/${total}`;

  let chunks = file.read(start, Math.min(end, file.sizeBytes));
  let length = end - start;
  if (fault?.kind === 'gzip') {
    const packed = gzipSync(Buffer.concat(await collect(chunks)), { level: 1 });
    headers['Content-Encoding'] = 'gzip';
    length = packed.length;
    chunks = single(packed);
  } else if (fault?.kind === 'short') {
    length = Math.min(length, fault.atByte ?? Math.floor(length / 2));
  } else if (fault?.kind === 'long') {
    chunks = followed(chunks, new Uint8Array(16));
    length += 16;
  } else if (shift > 0) {
    chunks = followed(chunks, new Uint8Array(shift));
  }

  headers['Content-Length'] = length;
  exchange.head(range === 'all' ? 200 : 206, headers);
  if (exchange.method === 'HEAD') {
    exchange.response.end();
    return;
  }
  const stopsEarly = fault?.kind === 'cut' || fault?.kind === 'stall';
  const sendable = stopsEarly ? Math.min(length, fault.atByte ?? Math.floor(length / 2)) : length;
  await write(exchange, chunks, sendable, fault?.bytesPerSecond ?? options.bytesPerSecond);
  if (fault?.kind === 'stall') return;
  if (fault?.kind === 'cut') {
    // Browsers drop what they have received but not yet handed on when a body fails, so they get a moment for that.
    await sleep(CUT_DELAY_MS);
    exchange.response.socket?.end();
  } else {
    exchange.response.end();
  }
}

/** `[start, end)`, all for no Range header, null when it cannot be satisfied. Multiple ranges are not understood. */
function parseRange(header: string | null, sizeBytes: number): readonly [number, number] | 'all' | null {
  if (header === null) return 'all';
  const match = /^bytes=(\d*)-(\d*)$/.exec(header);
  if (match === null) return 'all';
  const [, first = '', last = ''] = match;
  if (first === '') return last === '' ? null : [Math.max(0, sizeBytes - Number(last)), sizeBytes];
  const start = Number(first);
  const end = last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  return start < end ? [start, end] : null;
}

async function write(
  exchange: Exchange,
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
  bytesPerSecond: number | undefined,
): Promise<void> {
  const { response } = exchange;
  const startedAt = performance.now();
  const piece = bytesPerSecond === undefined ? Number.POSITIVE_INFINITY : Math.max(1024, bytesPerSecond / 20);
  for await (const chunk of chunks) {
    let at = 0;
    while (at < chunk.length) {
      if (response.destroyed || exchange.bytes >= limit) return;
      const count = Math.min(piece, chunk.length - at, limit - exchange.bytes);
      const flowing = response.write(chunk.subarray(at, at + count));
      at += count;
      exchange.bytes += count;
      if (!flowing) await drained(response);
      if (bytesPerSecond !== undefined) {
        const dueMs = (exchange.bytes / bytesPerSecond) * 1000 - (performance.now() - startedAt);
        if (dueMs > 1) await sleep(dueMs);
      }
    }
  }
}

/** Waits until the socket takes more, or is gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
    if (response.destroyed) done();
  });
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* followed(chunks: AsyncIterable<Uint8Array>, tail: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* chunks;
  yield tail;
}
