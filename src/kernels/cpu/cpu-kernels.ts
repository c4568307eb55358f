/**
 * The engine on one thread, in WebAssembly (assembly/): what the GPU is tested against, and the fallback where there is
 * none. The operands stay where the caller put them; runs of them are copied through the machine's memory.
 */

import { dtypeBytes, type MergeDtype } from '../../base/dtype.ts';
import { GraftError } from '../../base/errors.ts';
import { dividesPerElement, mixFactor } from '../shared/factors.ts';
import { startGram, startSums } from '../shared/statistics.ts';
import {
  type CombineSpec,
  type ConsensusSpec,
  type DeltaRule,
  type DeltaSums,
  type HistogramSpec,
  type Kernels,
  type Operand,
  RADIX_PASSES,
  type Tile,
  type TileInput,
} from '../types.ts';
import { machine } from './machine.ts';
import { setRules } from './rules.ts';
import { DTYPE_CODES, encodeRuns, overRuns } from './runs.ts';

/** A tile of 4 Mi elements takes some tens of milliseconds, so that cancelling and progress stay prompt. */
const MAX_TILE_ELEMENTS = 4 * 1024 * 1024;

/** The machine's number for no base. */
const NO_BASE = -1;

class CpuTile implements Tile {
  readonly firstIndex: number;
  readonly elementCount: number;
  readonly operandCount: number;
  operands: readonly Operand[] | null;

  constructor({ firstIndex, elementCount, operands }: TileInput) {
    this.firstIndex = firstIndex;
    this.elementCount = elementCount;
    this.operandCount = operands.length;
    this.operands = operands;
  }

  release(): void {
    this.operands = null;
  }
}

class CpuKernels implements Kernels {
  readonly engine = 'cpu';
  readonly device = 'CPU';
  private disposed = false;

  maxTileElements(): number {
    return MAX_TILE_ELEMENTS;
  }

  /** The operands that the tile keeps alive, the output, and the machine's buffers for a rule per operand. */
  residentBytes(operandDtypes: readonly MergeDtype[], elementCount: number): number {
    const operandBytes = operandDtypes.reduce((sum, dtype) => sum + dtypeBytes(dtype), 0);
    const buffers = machine().bufferBytes(operandDtypes.length, operandDtypes.length);
    return elementCount * (operandBytes + 4) + buffers;
  }

  async load(input: TileInput): Promise<Tile> {
    this.checkAlive();
    return new CpuTile(input);
  }

  async gram(tile: Tile, base: number | null, before?: Float64Array): Promise<Float64Array> {
    const input = this.open(tile, everyOperand(tile), 0);
    const wasm = machine();
    const totals = startGram(tile.operandCount, before);
    const held = new Float64Array(wasm.memory.buffer, wasm.totalsAt(), totals.length);
    held.set(totals);
    overRuns(input, (_start, count) => wasm.gram(count, base ?? NO_BASE));
    totals.set(held);
    return totals;
  }

  async histogram(tile: Tile, { operand, base, pass, prefix }: HistogramSpec): Promise<Uint32Array> {
    const input = this.open(tile, usedBy(operand, base), 0);
    const wasm = machine();
    const { bins, shift } = RADIX_PASSES[pass];
    const upperShift = shift + Math.log2(bins);
    wasm.clearHistogram();
    overRuns(input, (_start, count) =>
      wasm.histogram(count, operand, base ?? NO_BASE, prefix, upperShift, shift),
    );
    wasm.sumHistogram();
    return new Uint32Array(wasm.memory.buffer, wasm.totalsAt(), bins).slice();
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
    const input = this.open(tile, usedBy(operand, base), 0);
    let rest = nth;
    let index: number | null = null;
    overRuns(input, (start, count) => {
      if (index !== null) return;
      const found = machine().indexOfMagnitude(count, operand, base ?? NO_BASE, magnitude, rest);
      if (found >= 0) index = start + found;
      else rest -= -1 - found;
    });
    if (index === null) throw new GraftError('Internal', `The tile has no element ${nth} of that magnitude.`);
    return tile.firstIndex + index;
  }

  async sums(
    tile: Tile,
    base: number,
    rules: readonly DeltaRule[],
    before?: readonly DeltaSums[],
  ): Promise<DeltaSums[]> {
    const input = this.open(tile, [base, ...rules.map(({ operand }) => operand)], rules.length);
    const wasm = machine();
    setRules(rules);
    rules.forEach((_, index) => {
      const { absAll, absKept, keptCount } = startSums(before, index);
      wasm.setSums(index, absAll, absKept, keptCount);
    });
    overRuns(input, (start, count) => wasm.sums(count, tile.firstIndex + start, base));
    return rules.map((_, index) => ({
      absAll: wasm.absAllOf(index),
      absKept: wasm.absKeptOf(index),
      keptCount: wasm.keptCountOf(index),
    }));
  }

  async combine(tile: Tile, spec: CombineSpec, out: MergeDtype): Promise<Uint8Array<ArrayBuffer>> {
    const used = everyOperand(tile);
    const input = this.open(tile, used, 0);
    const wasm = machine();
    for (const index of used) wasm.setCoefficient(index, spec.coefficients[index] ?? 0);
    return encodeRuns(input, out, (_start, count) =>
      wasm.combine(count, spec.base ?? NO_BASE, DTYPE_CODES[out]),
    );
  }

  async consensus(tile: Tile, spec: ConsensusSpec, out: MergeDtype): Promise<Uint8Array<ArrayBuffer>> {
    const { base, rules, signVote } = spec;
    const input = this.open(tile, [base, ...rules.map(({ operand }) => operand)], rules.length);
    setRules(rules);
    const divides = dividesPerElement(spec);
    const factor = mixFactor(spec);
    return encodeRuns(input, out, (start, count) =>
      machine().consensus(count, tile.firstIndex + start, base, signVote, divides, factor, DTYPE_CODES[out]),
    );
  }

  dispose(): void {
    this.disposed = true;
  }

  private checkAlive(): void {
    if (this.disposed) throw new GraftError('Cancelled', 'The engine was closed.');
  }

  /** Readies the machine for a kernel that reads the operands `used`. */
  private open(tile: Tile, used: readonly number[], ruleCount: number) {
    this.checkAlive();
    if (!(tile instanceof CpuTile) || tile.operands === null) {
      throw new GraftError('Internal', 'The tile was released or belongs to another engine.');
    }
    const { operands, operandCount, elementCount } = tile;
    const absent = used.find((index) => operands[index] === undefined);
    if (absent !== undefined) throw new GraftError('Internal', `The tile has no operand ${absent}.`);
    machine().reserve(operandCount, ruleCount);
    return { operands, used, elementCount };
  }
}

function everyOperand({ operandCount }: Tile): number[] {
  return Array.from({ length: operandCount }, (_, index) => index);
}

function usedBy(operand: number, base: number | null): number[] {
  return base === null ? [operand] : [operand, base];
}

/** An engine that runs on the calling thread. Its calls compute before they return their (already settled) promise. */
export function createCpuKernels(): Kernels {
  return new CpuKernels();
}
