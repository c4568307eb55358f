/** Cuts through an order of magnitudes as lib/keep.wgsl takes them. */

import type { MagnitudeCut, Tile } from '../types.ts';
import { clampWord } from './words.ts';

/** Magnitude, and ties as a place in the tile. */
export type CutWords = readonly [magnitude: number, ties: number];

/** Keeps nothing. */
export const NO_CUT: CutWords = [0xffffffff, 0];

export function cutWords({ magnitude, ties }: MagnitudeCut, tile: Tile): CutWords {
  return [magnitude, clampWord(ties - tile.firstIndex)];
}
