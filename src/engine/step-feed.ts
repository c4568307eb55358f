/**
 * The fetched bytes of one step, one buffer per range. They are asked for when first wanted; after a drop they come
 * again from the scratch file, or (a lost GPU, which is rare) from the network.
 */

import type { Step, TileStep } from '../plan/work.ts';
import type { Fetcher } from './fetcher.ts';

export interface StepFeed {
  buffers(): Promise<readonly Uint8Array[]>;
  drop(): void;
  /** Gives the memory of the bytes away for later fetches; nobody may use them any more. */
  recycle(): void;
}

/** Scratch space that later passes read from; a file in the browser. */
export interface Spool {
  write(at: number, bytes: Uint8Array): Promise<void>;
  read(at: number, target: Uint8Array): void;
}

export function fetchedFeed(step: Step, fetcher: Fetcher): StepFeed {
  let arriving: Promise<readonly Uint8Array<ArrayBuffer>[]> | null = null;
  let fetchedBefore = false;
  return {
    buffers() {
      const counted = !fetchedBefore;
      fetchedBefore = true;
      arriving ??= quiet(Promise.all(step.ranges.map((range) => fetcher.fetch(range, counted))));
      return arriving;
    },
    drop() {
      arriving = null;
    },
    recycle() {
      arriving?.then(
        (buffers) => {
          for (const bytes of buffers) fetcher.giveBack(bytes);
        },
        () => undefined,
      );
      arriving = null;
    },
  };
}

/**
 * Feeds of the tiles of a spooled unit. In the first pass each tile is written to the scratch file as it arrives, while
 * the next one is fetched; from then on it is read from there.
 */
export function spooledFeeds(tiles: readonly TileStep[], fetcher: Fetcher, spool: Spool): StepFeed[] {
  const arrivals = tiles.map((tile) => fetchedFeed(tile, fetcher));
  const spooled = new Set<number>();
  return tiles.map((tile, index) => ({
    async buffers() {
      if (spooled.has(index)) return readSpool(tile, spool);
      const arrival = arrivals[index];
      const buffers = (await arrival?.buffers()) ?? [];
      if (!spooled.has(index + 1)) void arrivals[index + 1]?.buffers();
      let at = tile.spoolStart;
      for (const bytes of buffers) {
        await spool.write(at, bytes);
        at += bytes.byteLength;
      }
      spooled.add(index);
      arrival?.drop();
      return buffers;
    },
    drop: () => undefined,
    recycle: () => undefined,
  }));
}

function readSpool(tile: TileStep, spool: Spool): Uint8Array[] {
  let at = tile.spoolStart;
  return tile.ranges.map(({ start, end }) => {
    const bytes = new Uint8Array(end - start);
    spool.read(at, bytes);
    at += bytes.byteLength;
    return bytes;
  });
}

/** A fetch that fails before anyone awaits it is reported by whoever does, not as an unhandled rejection. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
