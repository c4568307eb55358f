/** One device and what runs on it: submits kernels, reads results back, and turns every failure into a `GraftError`. */

import { GraftError, isGraftError } from '../../base/errors.ts';
import { type BufferPool, createBufferPool } from './buffers.ts';
import { createPipelines, type PipelineConstants, type Pipelines } from './pipelines.ts';
import type { KernelName } from './shaders.ts';
import type { GpuTile } from './tile.ts';

/** One dispatch of one kernel. */
export interface Step {
  readonly kernel: KernelName;
  readonly constants: PipelineConstants;
  readonly params: Uint8Array<ArrayBuffer>;
  readonly workgroups: readonly [number, number];
  /** The part of the result that the kernel sees, at a multiple of 256 bytes; all of it when absent. */
  readonly part?: { readonly offset: number; readonly size: number };
}

/** Steps over one tile, one after the other, all of which write to the same result. */
export interface Work {
  /** Held by the caller until the work is done. */
  readonly tile: GpuTile;
  readonly steps: readonly Step[];
  /** Bytes of the result, a multiple of 4. */
  readonly resultBytes: number;
  /** Bytes that the kernels see after the result and nobody reads back, a multiple of 4. */
  readonly scratchBytes?: number;
  /** Whether the result, without the scratch, must be zero before the first step. */
  readonly clear?: boolean;
  /** What the result or the scratch holds before the first step; the offset is in bytes. */
  readonly upload?: { readonly offset: number; readonly words: Uint32Array<ArrayBuffer> };
}

/** Where parameters of one step start in the buffer that has those of all: WebGPU's default alignment. */
const PARAMS_ALIGNMENT = 256;

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

  /** Submits the steps together and resolves with their result, copied out. */
  async run(work: Work): Promise<ArrayBuffer> {
    this.checkAlive();
    const pipelines = await this.orFail(
      Promise.all(work.steps.map(({ kernel, constants }) => this.pipelines.get(kernel, constants))),
    );
    const [staging, mapped] = await this.guard(() => {
      const buffer = this.submit(pipelines, work);
      const mapping = buffer.mapAsync(GPUMapMode.READ, 0, work.resultBytes);
      mapping.catch(() => undefined);
      // In an array, because a promise alone would be waited for.
      return [buffer, mapping] as const;
    });
    return this.readBack(staging, mapped, work.resultBytes);
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
  private submit(pipelines: readonly GPUComputePipeline[], work: Work): GPUBuffer {
    const { tile, steps, resultBytes, upload } = work;
    const { queue } = this.device;
    const wholeBytes = resultBytes + (work.scratchBytes ?? 0);
    const params = joinParams(steps);
    const paramsBuffer = this.storage.acquire(params.bytes.byteLength);
    const result = this.storage.acquire(wholeBytes);
    const staging = this.staging.acquire(resultBytes);
    queue.writeBuffer(paramsBuffer, 0, params.bytes);
    if (upload !== undefined) queue.writeBuffer(result, upload.offset, upload.words);
    const encoder = this.device.createCommandEncoder();
    if (work.clear) encoder.clearBuffer(result, 0, resultBytes);
    const pass = encoder.beginComputePass();
    steps.forEach((step, index) => {
      const pipeline = pipelines[index];
      if (pipeline === undefined) return;
      const offset = params.offsets[index] ?? 0;
      const { part = { offset: 0, size: wholeBytes } } = step;
      const bindGroup = this.device.createBindGroup({
        layout: this.pipelines.bindGroupLayout,
        entries: [
          { binding: 0, resource: { buffer: tile.buffer, size: tile.sizeBytes } },
          { binding: 1, resource: { buffer: paramsBuffer, offset, size: step.params.byteLength } },
          { binding: 2, resource: { buffer: result, ...part } },
        ],
      });
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(step.workgroups[0], step.workgroups[1]);
    });
    pass.end();
    encoder.copyBufferToBuffer(result, 0, staging, 0, resultBytes);
    queue.submit([encoder.finish()]);
    // The queue runs in order, so the next submit may already take these.
    this.storage.release(paramsBuffer);
    this.storage.release(result);
    return staging;
  }

  private async readBack(
    staging: GPUBuffer,
    mapped: Promise<undefined>,
    resultBytes: number,
  ): Promise<ArrayBuffer> {
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

/** The parameters of all steps in one buffer's bytes. */
function joinParams(steps: readonly Step[]): { bytes: Uint8Array<ArrayBuffer>; offsets: readonly number[] } {
  const [only] = steps;
  if (only !== undefined && steps.length === 1) return { bytes: only.params, offsets: [0] };
  let end = 0;
  const offsets = steps.map(({ params }) => {
    const offset = end;
    end += Math.ceil(params.byteLength / PARAMS_ALIGNMENT) * PARAMS_ALIGNMENT;
    return offset;
  });
  const bytes = new Uint8Array(end);
  steps.forEach(({ params }, index) => {
    bytes.set(params, offsets[index]);
  });
  return { bytes, offsets };
}

function deviceLost(reason: string): GraftError {
  return new GraftError('DeviceLost', `The graphics device was lost: ${reason}`, {
    fix: 'The work in flight is done again on a new device.',
  });
}
