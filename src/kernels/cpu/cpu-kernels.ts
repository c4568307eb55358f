/**
 * The engine on one thread, in WebAssembly (assembly/): what the GPU is tested against, and the fallback where there is
 * none. The operands stay where the caller put them; runs of them are copied through the machine's memory.
 */

import { dtypeBytes, type MergeDtype, type OutputDtype } from '../../base/dtype.ts';
import { GraftError } from '../../base/errors.ts';
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
import { machine } from './machine.ts';
import { combine, consensus, pick } from './outputs.ts';
import { histograms, indexOfMagnitude } from './selection.ts';
import { gram, groupGram, overlaps, rowDivergence, sums } from './statistics.ts';
import { CpuTile, ownTile } from './tile.ts';

/** A tile of 4 Mi elements takes some tens of milliseconds, so that cancelling and progress stay prompt. */
const MAX_TILE_ELEMENTS = 4 * 1024 * 1024;

class CpuKernels implements Kernels {
  readonly engine = 'cpu';
  readonly device = 'CPU';
  private disposed = false;

  maxTileElements(): number {
    return MAX_TILE_ELEMENTS;
  }

  /**
   * The operands that the tile keeps alive, a mask of bits for each, the output, and the machine's memory for a score, a
   * rule and a table of groups per operand.
   */
  residentBytes(operandDtypes: readonly MergeDtype[], elementCount: number): number {
    const operandBytes = operandDtypes.reduce((sum, dtype) => sum + dtypeBytes(dtype) + 1 / 8, 0);
    const operands = operandDtypes.length;
    const buffers = machine().bufferBytes(operands, operands, operands);
    const tables = operands * machine().RUN_ELEMENTS.value * 8;
    return Math.ceil(elementCount * (operandBytes + 4)) + buffers + tables;
  }

  async load(input: TileInput): Promise<Tile> {
    this.checkAlive();
    return new CpuTile(input);
  }

  async gram(tile: Tile, base: number | null, before?: Float64Array): Promise<Float64Array> {
    return gram(this.own(tile), base, before);
  }

  async groupGram(
    tile: Tile,
    base: number | null,
    grouping: Grouping,
    before?: Float64Array,
  ): Promise<Float64Array> {
    return groupGram(this.own(tile), base, grouping, before);
  }

  async histograms(tile: Tile, specs: readonly HistogramSpec[]): Promise<Uint32Array[]> {
    return histograms(this.own(tile), specs);
  }

  async indexOfMagnitude(
    tile: Tile,
    spec: { score: Score; magnitude: number; nth: number },
  ): Promise<number> {
    return indexOfMagnitude(this.own(tile), spec);
  }

  async sums(
    tile: Tile,
    base: number,
    rules: readonly DeltaRule[],
    measure: SumMeasure,
    before?: readonly DeltaSums[],
  ): Promise<DeltaSums[]> {
    return sums(this.own(tile), base, rules, measure, before);
  }

  async overlaps(
    tile: Tile,
    base: number,
    threshold: number,
    before?: readonly OverlapCount[],
  ): Promise<OverlapCount[]> {
    return overlaps(this.own(tile), base, threshold, before);
  }

  async rowDivergence(tile: Tile, operand: number, base: number, rowLength: number): Promise<Float64Array> {
    return rowDivergence(this.own(tile), operand, base, rowLength);
  }

  async combine(tile: Tile, spec: CombineSpec, out: OutputDtype): Promise<Uint8Array<ArrayBuffer>> {
    return combine(this.own(tile), spec, out);
  }

  async consensus(tile: Tile, spec: ConsensusSpec, out: OutputDtype): Promise<Uint8Array<ArrayBuffer>> {
    return consensus(this.own(tile), spec, out);
  }

  async pick(tile: Tile, spec: PickSpec, out: OutputDtype): Promise<Uint8Array<ArrayBuffer>> {
    return pick(this.own(tile), spec, out);
  }

  dispose(): void {
    this.disposed = true;
  }

  private own(tile: Tile): CpuTile {
    this.checkAlive();
    return ownTile(tile);
  }

  private checkAlive(): void {
    if (this.disposed) throw new GraftError('Cancelled', 'The engine was closed.');
  }
}

/** An engine that runs on the calling thread. Its calls compute before they return their (already settled) promise. */
export function createCpuKernels(): Kernels {
  return new CpuKernels();
}
