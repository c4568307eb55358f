/** A tile of the CPU engine: the operands where the caller put them, and the masks that were drawn for it. */

import { notHeld } from '../shared/tiles.ts';
import type { KeepRule, Operand, Tile, TileInput } from '../types.ts';

/** The mask of a rule that costs more to draw than to keep: a bit per element, lowest first. */
export interface Draw {
  readonly operand: number;
  readonly base: number;
  readonly keep: KeepRule;
  readonly bits: Uint8Array;
}

export class CpuTile implements Tile {
  readonly firstIndex: number;
  readonly elementCount: number;
  readonly operandCount: number;
  private contents: { readonly operands: readonly Operand[]; readonly draws: Draw[] } | null;

  constructor({ firstIndex, elementCount, operands }: TileInput) {
    this.firstIndex = firstIndex;
    this.elementCount = elementCount;
    this.operandCount = operands.length;
    this.contents = { operands, draws: [] };
  }

  get isHeld(): boolean {
    return this.contents !== null;
  }

  get operands(): readonly Operand[] {
    return this.contents?.operands ?? [];
  }

  get draws(): readonly Draw[] {
    return this.contents?.draws ?? [];
  }

  /** Keeps a mask for the calls to come. */
  keep(draw: Draw): void {
    this.contents?.draws.push(draw);
  }

  release(): void {
    this.contents = null;
  }
}

/** The tile as this engine's own; throws `Internal` when it was released or is another's. */
export function ownTile(tile: Tile): CpuTile {
  if (tile instanceof CpuTile && tile.isHeld) return tile;
  throw notHeld();
}
