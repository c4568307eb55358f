/** The parameter buffers of the kernels, word by word as their `struct Params` lies in memory. */

import type { MergeDtype } from '../../base/dtype.ts';
import { listsShares, mixFactor, ruleFactor, shareTable } from '../shared/factors.ts';
import {
  type CombineSpec,
  type ConsensusSpec,
  type DeltaRule,
  type HistogramSpec,
  RADIX_PASSES,
  type Tile,
} from '../types.ts';
import { DTYPE_CODES } from './tile.ts';

/** Where there is no base; the shaders do not look (`hasBase`). */
const NO_OPERAND = 0;
const RULE_WORDS = 24;
/** As in lib/keep.wgsl. */
const KEEP_CODES = { none: 0, all: 1, largest: 2, random: 3 } as const;

type Words = Uint8Array<ArrayBuffer>;

/** Writes words and numbers one after the other, little-endian. */
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

  wide(value: number): this {
    return this.words(...wideWords(value));
  }

  finish(): Words {
    return new Uint8Array(this.view.buffer);
  }
}

export function combineParams(tile: Tile, spec: CombineSpec, out: MergeDtype): Words {
  const writer = new WordWriter(4 + 4 * tile.operandCount);
  writer.words(tile.elementCount, tile.operandCount, spec.base ?? NO_OPERAND, DTYPE_CODES[out]);
  for (let k = 0; k < tile.operandCount; k++) writer.wide(spec.coefficients[k] ?? 0);
  return writer.finish();
}

export function consensusParams(tile: Tile, spec: ConsensusSpec, out: MergeDtype): Words {
  const shares = listsShares(spec) ? shareTable(spec) : [];
  const writer = new WordWriter(12 + RULE_WORDS * spec.rules.length + 4 * shares.length);
  writer
    .words(tile.elementCount, spec.base, DTYPE_CODES[out], spec.rules.length, ...counterOf(tile))
    .words(spec.signVote ? 1 : 0, 0)
    .wide(mixFactor(spec));
  for (const rule of spec.rules) writeRule(writer, rule, tile);
  for (const share of shares) writer.wide(share);
  return writer.finish();
}

export function sumsParams(tile: Tile, base: number, rules: readonly DeltaRule[]): Words {
  const writer = new WordWriter(8 + RULE_WORDS * rules.length);
  writer.words(tile.elementCount, base, ...counterOf(tile), rules.length, 0, 0, 0);
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
    .wide(ruleFactor(rule))
    .wide(rule.weight)
    .wide(Math.fround(rule.scale))
    .wide(Math.fround(rule.weight));
}

function clampWord(value: number): number {
  return Math.min(0xffffffff, Math.max(0, Math.ceil(value)));
}

const doubleBits = new DataView(new ArrayBuffer(8));

/** A number as `wideSplat` of lib/wide.wgsl takes it: sign, exponent, and 64 bits of significand, high word first. */
export function wideWords(value: number): [number, number, number, number] {
  if (Number.isNaN(value)) return [0, 0x100000, 0x80000000, 0];
  const sign = value < 0 || Object.is(value, -0) ? 0x80000000 : 0;
  if (value === 0) return [sign, -0x1000, 0, 0];
  if (!Number.isFinite(value)) return [sign, 0x10000, 0x80000000, 0];
  doubleBits.setFloat64(0, value);
  const high = doubleBits.getUint32(0);
  const low = doubleBits.getUint32(4);
  const exponent = ((high >>> 20) & 0x7ff) - 1023;
  return [sign, exponent, (0x80000000 | ((high & 0xfffff) << 11) | (low >>> 21)) >>> 0, (low << 11) >>> 0];
}
