/**
 * Masks that cost more to draw than to keep: a tile keeps a bit per element for each, because a merge that rescales asks
 * for them twice, for the sums and for the consensus.
 */

import type { DeltaRule, KeepRule } from '../types.ts';
import { rankedBits } from './ranks.ts';
import type { CpuTile, Draw } from './tile.ts';

/** Whether the machine has to draw words to know what is kept. */
export function isRandom(keep: KeepRule): keep is KeepRule & { kind: 'random' } {
  return keep.kind === 'random' && keep.threshold >= 1 && keep.threshold < 2 ** 32;
}

/** The mask of a rule as bits: drawn before, or (by ranks) now; null when it is not, or the rule draws none. */
export function knownBits(tile: CpuTile, base: number, rule: DeltaRule): Uint8Array | null {
  const { keep, operand } = rule;
  if (!isRandom(keep) && keep.kind !== 'ranked') return null;
  const known = tile.draws.find((draw) => sameDraw(draw, { keep, operand, base }));
  if (known) return known.bits;
  if (keep.kind === 'random') return null;
  const bits = rankedBits(tile, operand, base, keep);
  tile.keep({ keep, operand, base, bits });
  return bits;
}

/** Room for the mask of a rule, which the tile keeps; the kernel at hand fills it. */
export function newBits(tile: CpuTile, base: number, { operand, keep }: DeltaRule): Uint8Array {
  const bits = new Uint8Array(Math.ceil(tile.elementCount / 8));
  tile.keep({ keep, operand, base, bits });
  return bits;
}

function sameDraw(a: Omit<Draw, 'bits'>, b: Omit<Draw, 'bits'>): boolean {
  if (a.keep.kind === 'random' && b.keep.kind === 'random') {
    return sameKey(a.keep.key, b.keep.key) && a.keep.threshold === b.keep.threshold;
  }
  if (a.keep.kind !== 'ranked' || b.keep.kind !== 'ranked') return false;
  if (a.operand !== b.operand || a.base !== b.base || !sameKey(a.keep.key, b.keep.key)) return false;
  return sameWords(a.keep.thresholds, b.keep.thresholds);
}

function sameKey(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

function sameWords(a: Uint32Array, b: Uint32Array): boolean {
  return a === b || (a.length === b.length && a.every((word, index) => word === b[index]));
}
