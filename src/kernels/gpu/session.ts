/** One device and what runs on it: submits kernels, reads results back, and turns every failure into a `GraftError`. */

import { GraftError, isGraftError } from '../../base/errors.ts';
import { type BufferPool, createBufferPool } from './buffers.ts';
import { createPipelines, type PipelineConstants, type Pipelines } from './pipelines.ts';
import type { KernelName } from './shaders.ts';
import type { GpuTile } from './tile.ts';

export interface Dispatch {
  readonly kernel: KernelName;
  readonly constants: PipelineConstants;
  readonly tile: GpuTile;
  readonly params: Uint8Array<ArrayBuffer>;
  readonly workgroups: readonly [number, number];
  /** Bytes of the result, a multiple of 4. */
  readonly resultBytes: number;
  /** Whether the result must be zero before the kernel runs. */
  readonly clear?: boolean;
}

export class GpuSession {
  readonly device: GPUDevice;
  readonly storage: BufferPool;
  /** Results on their way to the CPU: as many as there are calls in flight. */
  private readonly staging: BufferPool;
  private readonly pipelines: Pipelines;
  private failure: GraftError | null = null;
  /** Rejects at the first failure of the whole session. */
  private readonly failed: Promise<never>;
  private fail: (error: GraftError) => void = () => undefined;

  constructor(device: GPUDevice) {
    this.device = device;
    this.storage = createBufferPool(
      device,
      GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
    );
    this.staging = createBufferPool(device, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
    this.pipelines = createPipelines(device);
    this.failed = new Promise((_, reject) => {
      this.fail = reject;
    });
    // Somebody may never wait for it.
    this.failed.catch(() => undefined);
    device.lost.then(
      ({ message }) => this.end(deviceLost(message)),
      (cause: unknown) => this.end(deviceLost(String(cause))),
    );
  }

  /** Throws what every later call rejects with, once the device is lost or the session disposed. */
  checkAlive(): void {
    if (this.failure !== null) throw this.failure;
  }

  /** Runs `work`, which issues commands at once, and rejects with what the device says against them. */
  async guard<T>(work: () => T): Promise<T> {
    this.checkAlive();
    this.device.pushErrorScope('out-of-memory');
    this.device.pushErrorScope('validation');
    let result: T;
    try {
      result = work();
    } finally {
      const validation = this.device.popErrorScope();
      const memory = this.device.popErrorScope();
      await this.orFail(this.checkScopes(validation, memory));
    }
    return result;
  }

  /** Submits one kernel over one tile and resolves with its result, copied out. */
  async run(dispatch: Dispatch): Promise<ArrayBuffer> {
    this.checkAlive();
    dispatch.tile.hold();
    let buffer: GPUBuffer | null = null;
    let mapped: Promise<void> | null = null;
    try {
      const pipeline = await this.orFail(this.pipelines.get(dispatch.kernel, dispatch.constants));
      await this.guard(() => {
        buffer = this.submit(pipeline, dispatch);
        mapped = buffer.mapAsync(GPUMapMode.READ, 0, dispatch.resultBytes);
        mapped.catch(() => undefined);
      });
    } finally {
      dispatch.tile.drop();
    }
    return this.readBack(buffer, mapped, dispatch.resultBytes);
  }

  /** Calls in flight reject with `Cancelled`; the device is left to its owner. */
  dispose(): void {
    this.end(new GraftError('Cancelled', 'The engine was closed.'));
    this.storage.dispose();
    this.staging.dispose();
  }

  private end(error: GraftError): void {
    if (this.failure !== null) return;
    this.failure = error;
    this.fail(error);
  }

  private orFail<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.failed]);
  }

  /** Encodes and submits; returns the staging buffer that will hold the result. */
  private submit(pipeline: GPUComputePipeline, dispatch: Dispatch): GPUBuffer {
    const { tile, params, resultBytes, workgroups } = dispatch;
    const paramsBuffer = this.storage.acquire(params.byteLength);
    const result = this.storage.acquire(resultBytes);
    const staging = this.staging.acquire(resultBytes);
    this.device.queue.writeBuffer(paramsBuffer, 0, params);
    const bindGroup = this.device.createBindGroup({
      layout: this.pipelines.bindGroupLayout,
      entries: [
        { binding: 0, resource: { buffer: tile.buffer, size: tile.sizeBytes } },
        { binding: 1, resource: { buffer: paramsBuffer, size: params.byteLength } },
        { binding: 2, resource: { buffer: result, size: resultBytes } },
      ],
    });
    const encoder = this.device.createCommandEncoder();
    if (dispatch.clear) encoder.clearBuffer(result, 0, resultBytes);
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(workgroups[0], workgroups[1]);
    pass.end();
    encoder.copyBufferToBuffer(result, 0, staging, 0, resultBytes);
    this.device.queue.submit([encoder.finish()]);
    // The queue runs in order, so the next submit may already take these.
    this.storage.release(paramsBuffer);
    this.storage.release(result);
    return staging;
  }

  private async readBack(
    staging: GPUBuffer | null,
    mapped: Promise<void> | null,
    resultBytes: number,
  ): Promise<ArrayBuffer> {
    if (staging === null || mapped === null) throw new GraftError('Internal', 'No command was submitted.');
    try {
      await this.orFail(mapped);
    } catch (cause) {
      // On a lost device nothing but mapAsync rejects, and it may do so before `lost` resolves.
      if (!isGraftError(cause)) this.end(deviceLost(cause instanceof Error ? cause.message : String(cause)));
      this.checkAlive();
      throw cause;
    }
    const copy = staging.getMappedRange(0, resultBytes).slice(0);
    staging.unmap();
    this.staging.release(staging);
    return copy;
  }

  private async checkScopes(
    validation: Promise<GPUError | null>,
    memory: Promise<GPUError | null>,
  ): Promise<void> {
    const [invalid, exhausted] = await Promise.all([validation, memory]);
    if (exhausted !== null) {
      throw new GraftError('CannotMerge', 'The GPU has no memory left for a tile of this tensor.', {
        fix: 'Lower the memory ceiling, close other pages that use the GPU, or choose the CPU engine.',
        cause: exhausted,
      });
    }
    if (invalid !== null) throw new GraftError('Internal', `The GPU refuses a command: ${invalid.message}`);
  }
}

function deviceLost(reason: string): GraftError {
  return new GraftError('DeviceLost', `The graphics device was lost: ${reason}`, {
    fix: 'The work in flight is done again on a new device.',
  });
}
