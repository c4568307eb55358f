/**
 * The tiles of one tensor, for as many passes as its method wants. Kept tiles stay with the engine from the first pass
 * on; others are loaded anew for each pass from feeds that can give their bytes again (the scratch file).
 */

import type { InputDtype } from '../base/dtype.ts';
import type { Kernels, Tile } from '../kernels/types.ts';
import { kernelOperand, type StoredOperand } from './kernel-operand.ts';

/** Bytes of one tile on their way from a source. */
export interface TileFeed {
  /** Flat index in the tensor. */
  readonly firstIndex: number;
  readonly elementCount: number;
  /** The operands, verified by their source. Can be asked for again, after `drop` too. */
  operands(): Promise<readonly StoredOperand[]>;
  /** Says that the engine holds its own copy now. */
  drop(): void;
  /** Says that the tile is done with for good. */
  done(): void;
}

/** The bytes of one tile as they are stored. */
export interface StoredTile {
  readonly firstIndex: number;
  readonly elementCount: number;
  readonly operands: readonly StoredOperand[];
}

/** One tensor's tiles, in index order. */
export interface TensorTiles {
  /** As they are stored. */
  readonly operandDtypes: readonly InputDtype[];
  /** Calls `visitor` for one tile after another. The tile is valid until the visitor's promise settles. */
  visit(visitor: (tile: Tile) => Promise<void>): Promise<void>;
  /** The last visit, started in order with up to `lanes` tiles at work: each is given back once it was visited. */
  finish(visitor: (tile: Tile) => Promise<void>, lanes: number): Promise<void>;
  /** The raw operands of every tile, in order, for a copy, which needs no kernel; also a last visit. */
  finishBytes(visitor: (tile: StoredTile) => Promise<void>): Promise<void>;
  /** Gives back what is left, after a failure too. Idempotent. */
  release(): void;
}

/** @param keep whether loaded tiles stay in the engine between passes. */
export function tensorTiles(
  kernels: Kernels,
  operandDtypes: readonly InputDtype[],
  feeds: readonly TileFeed[],
  keep: boolean,
): TensorTiles {
  const kept = new Map<number, Tile>();
  async function obtain(feed: TileFeed, position: number): Promise<Tile> {
    const known = kept.get(position);
    if (known !== undefined) return known;
    const { firstIndex, elementCount } = feed;
    const operands = (await feed.operands()).map(kernelOperand);
    const tile = await kernels.load({ firstIndex, elementCount, operands });
    feed.drop();
    return tile;
  }
  return {
    operandDtypes,
    async visit(visitor) {
      for (const [position, feed] of feeds.entries()) {
        const tile = await obtain(feed, position);
        if (keep) kept.set(position, tile);
        try {
          await visitor(tile);
        } finally {
          if (!keep) tile.release();
        }
      }
    },
    finish: (visitor, lanes) =>
      inLanes(feeds, lanes, async (feed, position) => {
        const tile = await obtain(feed, position);
        kept.delete(position);
        try {
          await visitor(tile);
        } finally {
          tile.release();
        }
        feed.done();
      }),
    async finishBytes(visitor) {
      for (const feed of feeds) {
        const { firstIndex, elementCount } = feed;
        await visitor({ firstIndex, elementCount, operands: await feed.operands() });
        feed.drop();
        feed.done();
      }
    },
    release() {
      for (const tile of kept.values()) tile.release();
      kept.clear();
    },
  };
}

/** Runs `work` over `items`, started in order, `lanes` at a time; waits for all that started before it rejects. */
async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  work: (item: T, position: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  let failed = false;
  const lane = async () => {
    for (const [position, item] of queue) {
      if (failed) return;
      try {
        await work(item, position);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: lanes }, lane));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}
