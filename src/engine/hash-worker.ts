/** Entry of the hash worker: SHA-256 of the output files, beside the merge, because it costs as much time as a merge. */
import { createSHA256, type IHasher } from 'hash-wasm';
import { type MessageEnd, serve } from './rpc.ts';
import type { HashCalls } from './shard-hasher.ts';

const hashers = new Map<number, IHasher>();

serve<HashCalls, never>(globalThis as unknown as MessageEnd, {
  async append({ shard, bytes, begins }) {
    let hasher = hashers.get(shard);
    if (hasher === undefined || begins) {
      hasher = await createSHA256();
      hasher.init();
      hashers.set(shard, hasher);
    }
    hasher.update(bytes);
    return null;
  },
  async digest(shard) {
    const hasher = hashers.get(shard);
    hashers.delete(shard);
    return hasher?.digest('hex') ?? null;
  },
});
