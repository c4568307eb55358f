/** The engine in WGSL. Every kernel is integer arithmetic, so its results are the same bits as the CPU engine's. */

import { dtypeBytes, type MergeDtype, type OutputDtype } from '../../base/dtype.ts';
import { BLOCK_ELEMENTS } from '../../base/limits.ts';
import { notHeld } from '../shared/tiles.ts';
import type {
  CombineSpec,
  ConsensusSpec,
  DeltaRule,
  DeltaSums,
  Grouping,
  HistogramSpec,
  Kernels,
  OverlapCount,
  PickSpec,
  Score,
  SumMeasure,
  Tile,
  TileInput,
} from '../types.ts';
import { combine } from './combine.ts';
import { consensus } from './consensus.ts';
import { describeDevice, requestGpuDevice } from './device.ts';
import { rowDivergence } from './divergence.ts';
import { gram } from './gram.ts';
import { groupGram } from './group-gram.ts';
import { overlaps } from './overlaps.ts';
import { pick } from './pick.ts';
import { histograms, indexOfMagnitude } from './scores.ts';
import { GpuSession } from './session.ts';
import { sums } from './sums.ts';
import { GpuTile, layoutTile, uploadTile } from './tile.ts';

/** 16 MiB of halves: some milliseconds of work for a modest GPU, far from any watchdog's patience. */
const MAX_TILE_ELEMENTS = 8 * 1024 * 1024;

class GpuKernels implements Kernels {
  readonly engine = 'gpu';
  readonly device: string;
  private readonly session: GpuSession;
  private readonly ownsDevice: boolean;

  constructor(device: GPUDevice, ownsDevice: boolean) {
    this.session = new GpuSession(device);
    this.device = describeDevice(device);
    this.ownsDevice = ownsDevice;
  }

  maxTileElements(operandDtypes: readonly MergeDtype[]): number {
    const { maxStorageBufferBindingSize, maxBufferSize } = this.session.device.limits;
    const overheadBytes = 64 * (operandDtypes.length + 1);
    // Buffers come in size classes up to an eighth larger than asked for.
    const room = (Math.min(maxStorageBufferBindingSize, maxBufferSize) - overheadBytes) * (8 / 9);
    const perElement = Math.max(1, sumBytes(operandDtypes));
    const blocks = Math.floor(Math.min(MAX_TILE_ELEMENTS, room / perElement) / BLOCK_ELEMENTS);
    return Math.max(1, blocks) * BLOCK_ELEMENTS;
  }

  /**
   * Operands; the widest output twice, where the kernel writes it and where it is read back, which is also more than what
   * ranking needs; and a mask of each operand twice, as it is kept and among a kernel's parameters.
   */
  residentBytes(operandDtypes: readonly MergeDtype[], elementCount: number): number {
    const maskBytes = (operandDtypes.length * elementCount) / 8;
    return Math.ceil(elementCount * (sumBytes(operandDtypes) + 8) + 2 * maskBytes);
  }

  async load(input: TileInput): Promise<Tile> {
    const { session } = this;
    const layout = layoutTile(
      input.operands.map((operand) => operand.dtype),
      input.elementCount,
    );
    return session.guard(() => {
      const buffer = session.storage.acquire(layout.sizeBytes);
      uploadTile(session.device.queue, buffer, layout, input);
      return new GpuTile(input, session, buffer, layout.sizeBytes, (own) => session.storage.release(own));
    });
  }

  gram(tile: Tile, base: number | null, before?: Float64Array): Promise<Float64Array> {
    return this.on(tile, (own) => gram(this.session, own, base, before));
  }

  groupGram(
    tile: Tile,
    base: number | null,
    grouping: Grouping,
    before?: Float64Array,
  ): Promise<Float64Array> {
    return this.on(tile, (own) => groupGram(this.session, own, base, grouping, before));
  }

  histograms(tile: Tile, specs: readonly HistogramSpec[]): Promise<Uint32Array[]> {
    return this.on(tile, (own) => histograms(this.session, own, specs));
  }

  indexOfMagnitude(tile: Tile, spec: { score: Score; magnitude: number; nth: number }): Promise<number> {
    return this.on(tile, (own) => indexOfMagnitude(this.session, own, spec));
  }

  sums(
    tile: Tile,
    base: number,
    rules: readonly DeltaRule[],
    measure: SumMeasure,
    before?: readonly DeltaSums[],
  ): Promise<DeltaSums[]> {
    return this.on(tile, (own) => sums(this.session, own, base, rules, measure, before));
  }

  overlaps(
    tile: Tile,
    base: number,
    threshold: number,
    before?: readonly OverlapCount[],
  ): Promise<OverlapCount[]> {
    return this.on(tile, (own) => overlaps(this.session, own, base, threshold, before));
  }

  rowDivergence(tile: Tile, operand: number, base: number, rowLength: number): Promise<Float64Array> {
    return this.on(tile, (own) => rowDivergence(this.session, own, operand, base, rowLength));
  }

  combine(tile: Tile, spec: CombineSpec, out: OutputDtype): Promise<Uint8Array<ArrayBuffer>> {
    return this.on(tile, (own) => combine(this.session, own, spec, out));
  }

  consensus(tile: Tile, spec: ConsensusSpec, out: OutputDtype): Promise<Uint8Array<ArrayBuffer>> {
    return this.on(tile, (own) => consensus(this.session, own, spec, out));
  }

  pick(tile: Tile, spec: PickSpec, out: OutputDtype): Promise<Uint8Array<ArrayBuffer>> {
    return this.on(tile, (own) => pick(this.session, own, spec, out));
  }

  dispose(): void {
    this.session.dispose();
    if (this.ownsDevice) this.session.device.destroy();
  }

  /** Holds the tile's memory while `work` goes on, even when the tile is released meanwhile. */
  private async on<T>(tile: Tile, work: (own: GpuTile) => Promise<T>): Promise<T> {
    this.session.checkAlive();
    if (!(tile instanceof GpuTile) || tile.owner !== this.session || tile.released) {
      throw notHeld();
    }
    tile.hold();
    try {
      return await work(tile);
    } finally {
      tile.drop();
    }
  }
}

function sumBytes(dtypes: readonly MergeDtype[]): number {
  return dtypes.reduce((sum, dtype) => sum + dtypeBytes(dtype), 0);
}

export interface GpuOptions {
  /** A device to use; it stays the caller's. Without one an adapter is asked for. */
  readonly device?: GPUDevice;
}

/**
 * An engine on a GPU within WebGPU's default limits. Calls may be in flight side by side; they run in the order they
 * were made once their shader is compiled. When the device is lost, calls in flight and later ones reject with
 * `DeviceLost`, and a new engine is needed. Rejects with `GpuUnavailable` when there is no GPU.
 */
export async function createGpuKernels(options: GpuOptions = {}): Promise<Kernels> {
  const device = options.device ?? (await requestGpuDevice());
  return new GpuKernels(device, options.device === undefined);
}
