/** The engine in plain typed arrays: the reference the GPU is tested against, and the fallback where there is none. */

import { dtypeBytes, type MergeDtype } from '../../base/dtype.ts';
import { GraftError } from '../../base/errors.ts';
import { startGram, startSums } from '../shared/statistics.ts';
import type {
  CombineSpec,
  ConsensusSpec,
  DeltaRule,
  DeltaSums,
  HistogramSpec,
  Kernels,
  Tile,
  TileInput,
} from '../types.ts';
import { combineTile } from './combine.ts';
import { consensusTile } from './consensus.ts';
import { type Lane, openLane } from './decode.ts';
import { makeOutput } from './encode.ts';
import { gramTile, sumsTile } from './reduce.ts';
import { histogramTile, indexOfMagnitudeTile } from './select.ts';

/** A tile of 4 Mi elements takes some tens of milliseconds, so that cancelling and progress stay prompt. */
const MAX_TILE_ELEMENTS = 4 * 1024 * 1024;

class CpuTile implements Tile {
  readonly firstIndex: number;
  readonly elementCount: number;
  readonly operandCount: number;
  lanes: readonly Lane[] | null;

  constructor({ firstIndex, elementCount, operands }: TileInput) {
    this.firstIndex = firstIndex;
    this.elementCount = elementCount;
    this.operandCount = operands.length;
    this.lanes = operands.map(openLane);
  }

  release(): void {
    this.lanes = null;
  }
}

class CpuKernels implements Kernels {
  readonly engine = 'cpu';
  readonly device = 'CPU';
  private disposed = false;

  maxTileElements(): number {
    return MAX_TILE_ELEMENTS;
  }

  /** Operands stay where the caller put them, but the tile keeps them alive. */
  residentBytes(operandDtypes: readonly MergeDtype[], elementCount: number): number {
    const operandBytes = operandDtypes.reduce((sum, dtype) => sum + dtypeBytes(dtype), 0);
    return elementCount * (operandBytes + 4);
  }

  async load(input: TileInput): Promise<Tile> {
    this.checkAlive();
    return new CpuTile(input);
  }

  async gram(tile: Tile, base: number | null, before?: Float64Array): Promise<Float64Array> {
    const lanes = this.lanesOf(tile);
    const totals = startGram(lanes.length, before);
    gramTile(lanes, tile.elementCount, base, totals);
    return totals;
  }

  async histogram(tile: Tile, spec: HistogramSpec): Promise<Uint32Array> {
    const lanes = this.lanesOf(tile);
    return histogramTile(laneAt(lanes, spec.operand), baseAt(lanes, spec.base), tile.elementCount, spec);
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
    const lanes = this.lanesOf(tile);
    const x = laneAt(lanes, operand);
    const index = indexOfMagnitudeTile(x, baseAt(lanes, base), tile.elementCount, magnitude, nth);
    if (index === null) throw new GraftError('Internal', `The tile has no element ${nth} of that magnitude.`);
    return tile.firstIndex + index;
  }

  async sums(
    tile: Tile,
    base: number,
    rules: readonly DeltaRule[],
    before?: readonly DeltaSums[],
  ): Promise<DeltaSums[]> {
    const lanes = this.lanesOf(tile);
    return rules.map((rule, index) =>
      sumsTile(lanes, tile.firstIndex, tile.elementCount, base, rule, startSums(before, index)),
    );
  }

  async combine(tile: Tile, spec: CombineSpec, out: MergeDtype): Promise<Uint8Array<ArrayBuffer>> {
    const lanes = this.lanesOf(tile);
    const output = makeOutput(out, tile.elementCount);
    combineTile(lanes, tile.elementCount, spec, output);
    return output.bytes;
  }

  async consensus(tile: Tile, spec: ConsensusSpec, out: MergeDtype): Promise<Uint8Array<ArrayBuffer>> {
    const lanes = this.lanesOf(tile);
    const output = makeOutput(out, tile.elementCount);
    consensusTile(lanes, tile.firstIndex, tile.elementCount, spec, output);
    return output.bytes;
  }

  dispose(): void {
    this.disposed = true;
  }

  private checkAlive(): void {
    if (this.disposed) throw new GraftError('Cancelled', 'The engine was closed.');
  }

  private lanesOf(tile: Tile): readonly Lane[] {
    this.checkAlive();
    if (!(tile instanceof CpuTile) || tile.lanes === null) {
      throw new GraftError('Internal', 'The tile was released or belongs to another engine.');
    }
    return tile.lanes;
  }
}

function laneAt(lanes: readonly Lane[], operand: number): Lane {
  const lane = lanes[operand];
  if (lane === undefined) throw new GraftError('Internal', `The tile has no operand ${operand}.`);
  return lane;
}

function baseAt(lanes: readonly Lane[], base: number | null): Lane | null {
  return base === null ? null : laneAt(lanes, base);
}

/** An engine that runs on the calling thread. Its calls compute before they return their (already settled) promise. */
export function createCpuKernels(): Kernels {
  return new CpuKernels();
}
