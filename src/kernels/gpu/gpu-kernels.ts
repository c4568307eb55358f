/** The engine in WGSL. Every kernel is integer arithmetic, so its results are the same bits as the CPU engine's. */

import { dtypeBytes, type MergeDtype } from '../../base/dtype.ts';
import { GraftError } from '../../base/errors.ts';
import { BLOCK_ELEMENTS } from '../../base/limits.ts';
import { dividesPerElement, listsShares } from '../shared/factors.ts';
import { startGram, startSums } from '../shared/statistics.ts';
import {
  type CombineSpec,
  type ConsensusSpec,
  type DeltaRule,
  type DeltaSums,
  type HistogramSpec,
  type Kernels,
  RADIX_PASSES,
  type Tile,
  type TileInput,
} from '../types.ts';
import { describeDevice, requestGpuDevice } from './device.ts';
import {
  combineParams,
  consensusParams,
  gramParams,
  histogramParams,
  matchesParams,
  sumsParams,
} from './params.ts';
import type { PipelineConstants } from './pipelines.ts';
import { GpuSession } from './session.ts';
import { GpuTile, layoutTile, uploadTile } from './tile.ts';

/** 16 MiB of halves: some milliseconds of work for a modest GPU, far from any watchdog's patience. */
const MAX_TILE_ELEMENTS = 8 * 1024 * 1024;
/** Elements per workgroup; as in the shaders. */
const ROWS_RUN = 256;
const HISTOGRAM_RUN = 16384;
const MATCHES_RUN = 2048;
/** 64-bit words of one partial in sums.wgsl: absAll, absKept, and the count with its padding. */
const SUMS_PARTIAL_DOUBLES = 3;

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

  /** Operands, and the widest output twice: where the kernel writes it and where it is read back. */
  residentBytes(operandDtypes: readonly MergeDtype[], elementCount: number): number {
    return elementCount * (sumBytes(operandDtypes) + 8);
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

  async gram(tile: Tile, base: number | null, before?: Float64Array): Promise<Float64Array> {
    const size = tile.operandCount;
    const totals = startGram(size, before);
    const pairs = pairsOf(size, base);
    if (pairs.length === 0 || tile.elementCount === 0) return totals;
    const blocks = Math.ceil(tile.elementCount / BLOCK_ELEMENTS);
    const result = await this.session.run({
      kernel: 'gram',
      constants: { hasBase: base !== null },
      tile: this.own(tile),
      params: gramParams(tile, base, pairs),
      workgroups: [blocks, pairs.length],
      resultBytes: blocks * pairs.length * 8,
    });
    const partials = new Float64Array(result);
    for (let block = 0; block < blocks; block++) {
      pairs.forEach(([a, b], pair) => {
        const dot = partials[block * pairs.length + pair] ?? 0;
        totals[a * size + b] = (totals[a * size + b] ?? 0) + dot;
        totals[b * size + a] = totals[a * size + b] ?? 0;
      });
    }
    return totals;
  }

  async histogram(tile: Tile, spec: HistogramSpec): Promise<Uint32Array> {
    const { bins } = RADIX_PASSES[spec.pass];
    const result = await this.session.run({
      kernel: 'histogram',
      constants: { hasBase: spec.base !== null },
      tile: this.own(tile),
      params: histogramParams(tile, spec),
      workgroups: [Math.ceil(tile.elementCount / HISTOGRAM_RUN), 1],
      resultBytes: bins * 4,
      clear: true,
    });
    return new Uint32Array(result);
  }

  async indexOfMagnitude(
    tile: Tile,
    {
      operand,
      base,
      magnitude,
      nth,
    }: { operand: number; base: number | null; magnitude: number; nth: number },
  ): Promise<number> {
    const result = await this.session.run({
      kernel: 'matches',
      constants: { hasBase: base !== null },
      tile: this.own(tile),
      params: matchesParams(tile, operand, base, magnitude),
      workgroups: [Math.ceil(tile.elementCount / MATCHES_RUN), 1],
      resultBytes: Math.ceil(tile.elementCount / 32) * 4,
    });
    return tile.firstIndex + indexOfBit(new Uint32Array(result), nth);
  }

  async sums(
    tile: Tile,
    base: number,
    rules: readonly DeltaRule[],
    before?: readonly DeltaSums[],
  ): Promise<DeltaSums[]> {
    if (rules.length === 0) return [];
    const blocks = Math.ceil(tile.elementCount / BLOCK_ELEMENTS);
    const result = await this.session.run({
      kernel: 'sums',
      constants: keepConstants(rules),
      tile: this.own(tile),
      params: sumsParams(tile, base, rules),
      workgroups: [blocks, rules.length],
      resultBytes: blocks * rules.length * SUMS_PARTIAL_DOUBLES * 8,
    });
    const doubles = new Float64Array(result);
    const words = new Uint32Array(result);
    return rules.map((_, rule) => {
      let { absAll, absKept, keptCount } = startSums(before, rule);
      for (let block = 0; block < blocks; block++) {
        const partial = (block * rules.length + rule) * SUMS_PARTIAL_DOUBLES;
        absAll += doubles[partial] ?? 0;
        absKept += doubles[partial + 1] ?? 0;
        keptCount += words[(partial + 2) * 2] ?? 0;
      }
      return { absAll, absKept, keptCount };
    });
  }

  async combine(tile: Tile, spec: CombineSpec, out: MergeDtype): Promise<Uint8Array<ArrayBuffer>> {
    const result = await this.session.run({
      kernel: 'combine',
      constants: { hasBase: spec.base !== null },
      tile: this.own(tile),
      params: combineParams(tile, spec, out),
      workgroups: [Math.ceil(tile.elementCount / ROWS_RUN), 1],
      resultBytes: rowBytes(tile.elementCount, out),
    });
    return elementsOf(result, tile.elementCount, out);
  }

  async consensus(tile: Tile, spec: ConsensusSpec, out: MergeDtype): Promise<Uint8Array<ArrayBuffer>> {
    const result = await this.session.run({
      kernel: dividesPerElement(spec) && !listsShares(spec) ? 'consensusOfMany' : 'consensus',
      constants: { ...keepConstants(spec.rules), normalize: dividesPerElement(spec) },
      tile: this.own(tile),
      params: consensusParams(tile, spec, out),
      workgroups: [Math.ceil(tile.elementCount / ROWS_RUN), 1],
      resultBytes: rowBytes(tile.elementCount, out),
    });
    return elementsOf(result, tile.elementCount, out);
  }

  dispose(): void {
    this.session.dispose();
    if (this.ownsDevice) this.session.device.destroy();
  }

  private own(tile: Tile): GpuTile {
    this.session.checkAlive();
    if (!(tile instanceof GpuTile) || tile.owner !== this.session || tile.released) {
      throw new GraftError('Internal', 'The tile was released or belongs to another engine.');
    }
    return tile;
  }
}

/** What `overrides` of lib/keep.wgsl a set of rules needs. */
function keepConstants(rules: readonly DeltaRule[]): PipelineConstants {
  return {
    keepsLargest: rules.some(({ keep }) => keep.kind === 'largest'),
    keepsRandom: rules.some(({ keep }) => keep.kind === 'random'),
  };
}

function sumBytes(dtypes: readonly MergeDtype[]): number {
  return dtypes.reduce((sum, dtype) => sum + dtypeBytes(dtype), 0);
}

/** Bytes of the output in whole rows of four elements, as the shaders write it. */
function rowBytes(elementCount: number, out: MergeDtype): number {
  return Math.ceil(elementCount / 4) * 4 * dtypeBytes(out);
}

function elementsOf(result: ArrayBuffer, elementCount: number, out: MergeDtype): Uint8Array<ArrayBuffer> {
  const sizeBytes = elementCount * dtypeBytes(out);
  return sizeBytes === result.byteLength
    ? new Uint8Array(result)
    : new Uint8Array(result.slice(0, sizeBytes));
}

/** Upper triangle of the operands without the base. */
function pairsOf(size: number, base: number | null): [number, number][] {
  const pairs: [number, number][] = [];
  for (let a = 0; a < size; a++) {
    for (let b = a; b < size; b++) {
      if (a !== base && b !== base) pairs.push([a, b]);
    }
  }
  return pairs;
}

function indexOfBit(words: Uint32Array, nth: number): number {
  let rest = nth;
  for (let index = 0; index < words.length; index++) {
    for (let word = words[index] ?? 0; word !== 0; word &= word - 1) {
      if (rest-- === 0) return index * 32 + (31 - Math.clz32(word & -word));
    }
  }
  throw new GraftError('Internal', `The tile has no element ${nth} of that magnitude.`);
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
