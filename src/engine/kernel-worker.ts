/** Entry of a kernel worker: the CPU engine, beside the run worker. */
import { kernelHandlers, movedBuffers } from './remote-kernels.ts';
import { type MessageEnd, serve } from './rpc.ts';

serve(globalThis as unknown as MessageEnd, kernelHandlers(), movedBuffers);
