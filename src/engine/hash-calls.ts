/** What the hash worker does: SHA-256 over streams of bytes, any number of them side by side. */

import { createSHA256, type IHasher } from 'hash-wasm';
import type { Handlers } from './rpc.ts';

/** Streams are told apart by name; one that is not known begins. */
export type HashCalls = {
  /** Appends to the stream, in the order of the calls. */
  append: { input: { readonly stream: string; readonly bytes: Uint8Array }; output: null };
  /** Ends the stream: lower-case hex; null when nothing was appended. */
  digest: { input: string; output: string | null };
  /** Ends a stream whose hash nobody wants any more. */
  forget: { input: string; output: null };
};

/** The worker's side. */
export function hashHandlers(): Handlers<HashCalls> {
  // Promises, and set before anything is awaited: the next call may come while the hasher is being made.
  const hashers = new Map<string, Promise<IHasher>>();
  return {
    async append({ stream, bytes }) {
      const opening = hashers.get(stream) ?? createSHA256().then((hasher) => hasher.init());
      hashers.set(stream, opening);
      (await opening).update(bytes);
      return null;
    },
    async digest(stream) {
      const opening = hashers.get(stream);
      hashers.delete(stream);
      return (await opening)?.digest('hex') ?? null;
    },
    async forget(stream) {
      hashers.delete(stream);
      return null;
    },
  };
}
