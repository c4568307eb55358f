/** Entry of the run worker: the one place where weights are fetched, merged and written. */
import { GraftError } from '../base/errors.ts';
import { openOpfsRoot } from '../storage/opfs.ts';
import { EngineRoom } from './engine-room.ts';
import type { HashCalls } from './hash-calls.ts';
import { createRemoteKernels } from './remote-kernels.ts';
import { connect, type MessageEnd, serve } from './rpc.ts';
import type { RunCalls, RunEvent } from './run-calls.ts';
import { RunHost } from './run-host.ts';

const scope = globalThis as unknown as MessageEnd;
/** Two threads are busy anyway: this one and the hashes. */
const KERNEL_WORKERS = Math.min(4, Math.max(1, navigator.hardwareConcurrency - 2));
const kernelWorkers = Array.from(
  { length: KERNEL_WORKERS },
  () => new Worker(new URL('./kernel-worker.ts', import.meta.url), { type: 'module', name: 'kernels' }),
);
const room = new EngineRoom(createRemoteKernels(kernelWorkers));
const hashWorker = new Worker(new URL('./hash-worker.ts', import.meta.url), { type: 'module', name: 'hash' });
const hash = connect<HashCalls, never>(hashWorker);
// Nobody waits for a worker that is gone: files are then hashed at the end.
hashWorker.addEventListener('error', ({ message }) => {
  hash.close(new GraftError('Internal', message || 'The hash worker could not start.'));
});
const host = new RunHost({
  openRoot: openOpfsRoot,
  room,
  hashing: {
    append: (stream, bytes) => hash.call('append', { stream, bytes }, undefined, [bytes.buffer]),
    digest: (stream) => hash.call('digest', stream),
    forget: (stream) => hash.call('forget', stream),
  },
  emit: (status) => emit(status),
});
const { emit } = serve<RunCalls, RunEvent>(scope, {
  engines: () => room.report(),
  start: (input) => host.start(input),
  pause: (id) => host.pause(id),
  resume: ({ id, sources, run }) => host.resume(id, sources, run),
  cancel: (id) => host.cancel(id),
  remove: (id) => host.remove(id),
  runs: () => host.list(),
  outputFile: (input) => host.outputFile(input),
});
