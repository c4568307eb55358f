import { MessageChannel } from 'node:worker_threads';
import { afterAll, describe, expect, test } from 'vitest';
import { kernelsConformance } from '../kernels/conformance.ts';
import { createCpuKernels } from '../kernels/cpu/cpu-kernels.ts';
import { operandOf, weightsLike } from '../kernels/test-tensors.ts';
import { createRemoteKernels, type KernelWorker, kernelHandlers, movedBuffers } from './remote-kernels.ts';
import { type MessageEnd, serve } from './rpc.ts';

const channels: MessageChannel[] = [];
afterAll(() => {
  for (const { port1, port2 } of channels) {
    port1.close();
    port2.close();
  }
});

/** A worker that happens to share this thread; messages are cloned and moved as between threads. */
function kernelWorker(): KernelWorker {
  const channel = new MessageChannel();
  channels.push(channel);
  serve(channel.port2 as unknown as MessageEnd, kernelHandlers(), movedBuffers);
  return channel.port1 as unknown as KernelWorker;
}

describe('over messages, the engine is the same', () => {
  kernelsConformance(async () => createRemoteKernels([kernelWorker(), kernelWorker()]));
});

test('operands stay the caller\u2019s, and outputs arrive whole', async () => {
  const remote = createRemoteKernels([kernelWorker()]);
  const operands = [weightsLike('BF16', 5000, 1), operandOf('F32', new Float64Array(5000).fill(0.5))];
  const before = operands.map(({ bytes }) => bytes.slice());
  const input = { firstIndex: 0, elementCount: 5000, operands };
  const spec = { coefficients: [0.25, 0.75], base: null };
  const own = createCpuKernels();
  const expected = await own.combine(await own.load(input), spec, 'F16');
  for (let turn = 0; turn < 3; turn++) {
    const tile = await remote.load(input);
    expect(await remote.combine(tile, spec, 'F16')).toEqual(expected);
    tile.release();
  }
  expect(operands.map(({ bytes }) => bytes)).toEqual(before);
});

test('a call for a tile that the worker does not have is refused, not left without an answer', async () => {
  const { compute } = kernelHandlers();
  const call = { tile: 7, kernel: 'gram', rest: [null] } as const;
  await expect(compute(call, new AbortController().signal)).rejects.toMatchObject({ tag: 'Internal' });
});

test('a worker that fails rejects what waits for it', async () => {
  const listeners: ((event: { readonly message: string }) => void)[] = [];
  const silent: KernelWorker = {
    postMessage: () => undefined,
    addEventListener: (type: string, listener: (event: never) => void) => {
      if (type === 'error') listeners.push(listener as (event: { readonly message: string }) => void);
    },
  };
  const remote = createRemoteKernels([silent]);
  const loading = remote.load({ firstIndex: 0, elementCount: 1, operands: [operandOf('F32', [1])] });
  for (const listener of listeners) listener({ message: 'out of memory' });
  await expect(loading).rejects.toMatchObject({ tag: 'Internal', message: 'out of memory' });
});
