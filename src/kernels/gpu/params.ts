/** The parameter buffers of the kernels, word by word as their `struct Params` lies in memory. */

import type { MergeDtype } from '../../base/dtype.ts';
import { dividesPerElement, mixFactor, ruleFactor } from '../shared/factors.ts';
import {
  type CombineSpec,
  type ConsensusSpec,
  type DeltaRule,
  type HistogramSpec,
  RADIX_PASSES,
  type Tile,
} from '../types.ts';
import { DTYPE_CODES } from './tile.ts';

const NO_OPERAND = 0xffffffff;
const RULE_WORDS = 12;
/** As in lib/keep.wgsl. */
const KEEP_CODES = { none: 0, all: 1, largest: 2, random: 3 } as const;

type Words = Uint8Array<ArrayBuffer>;

/** Writes words and doubles one after the other, little-endian. */
class WordWriter {
  private readonly view: DataView<ArrayBuffer>;
  private offset = 0;

  constructor(wordCount: number) {
    this.view = new DataView(new ArrayBuffer(wordCount * 4));
  }

  words(...values: readonly number[]): this {
    for (const value of values) {
      this.view.setUint32(this.offset, value, true);
      this.offset += 4;
    }
    return this;
  }

  double(value: number): this {
    this.view.setFloat64(this.offset, value, true);
    this.offset += 8;
    return this;
  }

  finish(): Words {
    return new Uint8Array(this.view.buffer);
  }
}

export function combineParams(tile: Tile, spec: CombineSpec, out: MergeDtype): Words {
  const writer = new WordWriter(4 + 2 * tile.operandCount);
  writer.words(tile.elementCount, tile.operandCount, spec.base ?? NO_OPERAND, DTYPE_CODES[out]);
  for (let k = 0; k < tile.operandCount; k++) writer.double(spec.coefficients[k] ?? 0);
  return writer.finish();
}

export function consensusParams(tile: Tile, spec: ConsensusSpec, out: MergeDtype): Words {
  const writer = new WordWriter(10 + RULE_WORDS * spec.rules.length);
  writer
    .words(tile.elementCount, spec.base, DTYPE_CODES[out], spec.rules.length, ...counterOf(tile))
    .words(spec.signVote ? 1 : 0, dividesPerElement(spec) ? 1 : 0)
    .double(mixFactor(spec));
  for (const rule of spec.rules) writeRule(writer, rule, tile);
  return writer.finish();
}

export function sumsParams(tile: Tile, base: number, rules: readonly DeltaRule[]): Words {
  const writer = new WordWriter(6 + RULE_WORDS * rules.length);
  writer.words(tile.elementCount, base, ...counterOf(tile), rules.length, 0);
  for (const rule of rules) writeRule(writer, rule, tile);
  return writer.finish();
}

export function gramParams(
  tile: Tile,
  base: number | null,
  pairs: readonly (readonly [number, number])[],
): Words {
  return new WordWriter(4 + 2 * pairs.length)
    .words(tile.elementCount, base ?? NO_OPERAND, pairs.length, 0, ...pairs.flat())
    .finish();
}

export function histogramParams(tile: Tile, { operand, base, pass, prefix }: HistogramSpec): Words {
  const { bins, shift } = RADIX_PASSES[pass];
  return new WordWriter(8)
    .words(tile.elementCount, operand, base ?? NO_OPERAND, shift, bins, shift + Math.log2(bins), prefix, 0)
    .finish();
}

export function matchesParams(tile: Tile, operand: number, base: number | null, magnitude: number): Words {
  return new WordWriter(4).words(tile.elementCount, operand, base ?? NO_OPERAND, magnitude).finish();
}

/** The Philox counter of the tile's first element, low word first. */
function counterOf(tile: Tile): [number, number] {
  const counter = tile.firstIndex / 4;
  return [counter % 2 ** 32, Math.floor(counter / 2 ** 32)];
}

function writeRule(writer: WordWriter, rule: DeltaRule, tile: Tile): void {
  const { keep } = rule;
  // A threshold of 2^32 keeps every word, and is no word itself.
  const kind = keep.kind === 'random' && keep.threshold >= 2 ** 32 ? 'all' : keep.kind;
  const magnitude = keep.kind === 'largest' ? keep.cut.magnitude : 0;
  const ties = keep.kind === 'largest' ? clampWord(keep.cut.ties - tile.firstIndex) : 0;
  const [key0, key1] = keep.kind === 'random' ? keep.key : [0, 0];
  const threshold = keep.kind === 'random' ? clampWord(keep.threshold) : 0;
  writer
    .words(rule.operand, KEEP_CODES[kind], magnitude, ties, key0, key1, threshold, 0)
    .double(ruleFactor(rule))
    .double(rule.weight);
}

function clampWord(value: number): number {
  return Math.min(0xffffffff, Math.max(0, Math.ceil(value)));
}
