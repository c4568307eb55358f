/** Bytes in memory as a `ByteSource` that remembers its reads, for tests. */

import type { ByteSource } from '../base/bytes.ts';

export interface MemorySource extends ByteSource {
  /** `[start, end)` of every read so far. */
  readonly reads: (readonly [number, number])[];
}

export function memorySource(bytes: Uint8Array): MemorySource {
  const reads: (readonly [number, number])[] = [];
  return {
    sizeBytes: bytes.length,
    reads,
    async read(start, target, options) {
      if (start + target.length > bytes.length) throw new RangeError('read past the end');
      reads.push([start, start + target.length]);
      target.set(bytes.subarray(start, start + target.length));
      options?.onBytes?.(target.length);
    },
  };
}
