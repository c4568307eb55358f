/** Entry of the hash worker: SHA-256 of the output files, beside the merge, because it costs as much time as a merge. */
import { hashHandlers } from './hash-calls.ts';
import { type MessageEnd, serve } from './rpc.ts';

serve(globalThis as unknown as MessageEnd, hashHandlers());
