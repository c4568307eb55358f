/**
 * Which engines this browser has, which one `auto` means, and what happens when a GPU goes away. A GPU is used only after
 * it passed its self-test; between sound engines a short benchmark decides. A software adapter is known to be slower than
 * the CPU engine, so it is tested only when somebody chooses it.
 */

import { toGraftError } from '../base/errors.ts';
import { measureEngine } from '../kernels/benchmark.ts';
import { describeDevice, isSoftware, requestGpuDevice } from '../kernels/gpu/device.ts';
import { createGpuKernels } from '../kernels/gpu/gpu-kernels.ts';
import { type SelfTestPart, selfTest } from '../kernels/self-test.ts';
import type { EngineKind, Kernels } from '../kernels/types.ts';
import type { EngineInfo, EngineReport } from './protocol.ts';

/** A run's engine: the kernels of now, replaced when a device is lost. */
export interface EngineLease {
  readonly kernels: Kernels;
  /** Replaces `lost` (nothing happens when that was done already): a new device, after two losses the CPU. */
  recover(lost: Kernels): Promise<void>;
}

const LOSSES_BEFORE_CPU = 2;

export class EngineRoom {
  readonly #cpu: Kernels;
  #gpu: Promise<Kernels> | null = null;
  #report: Promise<EngineReport> | null = null;
  readonly #proofs = new WeakMap<Kernels, Map<SelfTestPart, Promise<void>>>();

  /** @param cpu what merges without a GPU. */
  constructor(cpu: Kernels) {
    this.#cpu = cpu;
  }

  report(): Promise<EngineReport> {
    this.#report ??= this.#survey();
    return this.#report;
  }

  /**
   * @param parts of the self-test that the run depends on.
   * @param log hears, in words, when the engine changes during the run.
   */
  async lease(
    choice: 'auto' | EngineKind,
    parts: readonly SelfTestPart[],
    log: (text: string) => void,
  ): Promise<EngineLease> {
    const kind = choice === 'auto' ? (await this.report()).chosen : choice;
    let opened: Promise<Kernels> | null = null;
    const openGpu = async () => {
      opened = this.#openGpu();
      const gpu = await opened;
      for (const part of parts) await this.#prove(gpu, part);
      return gpu;
    };
    const orCpu = (error: unknown) => {
      if (choice !== 'auto') throw error;
      log(`${toGraftError(error).message} Merging with the CPU engine.`);
      return this.#cpu;
    };
    let kernels = kind === 'gpu' ? await openGpu().catch(orCpu) : this.#cpu;
    let losses = 0;
    const replace = async () => {
      losses++;
      kernels.dispose();
      // A paused run that held the same device may find it replaced already.
      if (this.#gpu === opened) this.#gpu = null;
      if (losses < LOSSES_BEFORE_CPU) {
        try {
          kernels = await openGpu();
          log(`The GPU was lost; going on with ${kernels.device}.`);
          return;
        } catch (error) {
          log(`The GPU was lost and did not come back: ${toGraftError(error).message}`);
        }
      }
      kernels = this.#cpu;
      log('Going on with the CPU engine.');
    };
    // Tensors that are merged side by side lose the device together.
    let replacing: Promise<void> = Promise.resolve();
    return {
      get kernels() {
        return kernels;
      },
      recover: (lost) => {
        replacing = replacing.then(() => (lost === kernels ? replace() : undefined));
        return replacing;
      },
    };
  }

  #openGpu(): Promise<Kernels> {
    if (this.#gpu !== null) return this.#gpu;
    const opening = this.#createGpu();
    this.#gpu = opening;
    opening.catch(() => {
      if (this.#gpu === opening) this.#gpu = null;
    });
    return opening;
  }

  async #createGpu(): Promise<Kernels> {
    const kernels = await createGpuKernels();
    try {
      await this.#prove(kernels, 'basics');
    } catch (error) {
      kernels.dispose();
      throw error;
    }
    return kernels;
  }

  /** Rejects with `GpuUnavailable` when `kernels` fails that part of its self-test, which is made once. */
  #prove(kernels: Kernels, part: SelfTestPart): Promise<void> {
    const proofs = this.#proofs.get(kernels) ?? new Map<SelfTestPart, Promise<void>>();
    this.#proofs.set(kernels, proofs);
    const proof = proofs.get(part) ?? selfTest(kernels, part);
    proofs.set(part, proof);
    return proof;
  }

  async #survey(): Promise<EngineReport> {
    const cpuSpeed = await measureEngine(this.#cpu);
    const cpu: EngineInfo = {
      kind: 'cpu',
      available: true,
      device: this.#cpu.device,
      elementsPerSecond: cpuSpeed,
    };
    try {
      const software = await softwareGpu();
      if (software !== null) {
        const note = 'WebGPU is computed on the CPU here; the CPU engine is faster.';
        const gpu: EngineInfo = { kind: 'gpu', available: true, device: software, note };
        return { engines: [gpu, cpu], chosen: 'cpu' };
      }
      const kernels = await this.#openGpu();
      const gpuSpeed = await measureEngine(kernels);
      const faster = gpuSpeed > cpuSpeed;
      const gpu: EngineInfo = {
        kind: 'gpu',
        available: true,
        device: kernels.device,
        elementsPerSecond: gpuSpeed,
        ...(faster ? {} : { note: 'Measured slower than the CPU engine on this machine.' }),
      };
      return { engines: [gpu, cpu], chosen: faster ? 'gpu' : 'cpu' };
    } catch (error) {
      const { message } = toGraftError(error);
      const gpu: EngineInfo = { kind: 'gpu', available: false, device: 'none', note: message };
      return { engines: [gpu, cpu], chosen: 'cpu' };
    }
  }
}

/** Name of the GPU when it is software; null when it is none. Rejects with `GpuUnavailable` when there is no GPU at all. */
async function softwareGpu(): Promise<string | null> {
  const device = await requestGpuDevice();
  const name = isSoftware(device) ? describeDevice(device) : null;
  device.destroy();
  return name;
}
