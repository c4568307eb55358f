/** What the engine works on: units, their steps and pieces, as planUnits (units.ts) makes them. */

/** A contiguous run of bytes of one weight file, `[start, end)`; becomes one buffer. Longer ones may be asked for in parts (`requestsOf`). */
export interface FetchRange {
  /** Index into `MergePlan.models`. */
  readonly model: number;
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** Where an input's bytes lie: `ranges[range]`, from byte `offset` of that buffer on. */
export interface InputPlace {
  readonly range: number;
  readonly offset: number;
}

/** Elements `[firstElement, firstElement + elementCount)` of one output tensor. */
export interface Piece {
  /** Index into `MergePlan.tensors`. */
  readonly tensor: number;
  /** A multiple of 4096. */
  readonly firstElement: number;
  readonly elementCount: number;
  /** One per input of the tensor, in its order. */
  readonly inputs: readonly InputPlace[];
  /** Absolute byte range in the shard, `[start, end)`. */
  readonly output: { readonly shard: number; readonly start: number; readonly end: number };
}

/** What is fetched at once, and the pieces made of it, worked on one after another. */
export interface Step {
  readonly ranges: readonly FetchRange[];
  readonly pieces: readonly Piece[];
}

/** A step of a tensor that is cut into tiles; piece `j` of every tile belongs to the same tensor. */
export interface TileStep extends Step {
  /** Byte offset in the scratch file where this tile's ranges lie, one after another in their order. */
  readonly spoolStart: number;
}

export type Unit =
  | (Step & { readonly kind: 'whole' | 'tile'; readonly costBytes: number })
  | {
      readonly kind: 'resident' | 'spooled';
      /** One tensor when resident; spooled units may hold several that share inputs. */
      readonly tiles: readonly TileStep[];
      /**
       * Resident: the operands of all tiles, and the fetched, working and written bytes of `TILES_IN_FLIGHT` of them.
       * Spooled: everything for `TILES_IN_FLIGHT` tiles.
       */
      readonly costBytes: number;
      /** Size of the scratch file when spooled; 0 when resident. */
      readonly spoolBytes: number;
    };

/** Units between the start of their fetches and their last write: enough to keep the network busy, more only takes memory. */
export const UNITS_AHEAD = 4;

/**
 * Tensors merged at a time. Two that share the engine tend to be done together, and then are written together; a third
 * keeps the engine at work meanwhile. A unit's cost counts what the engine holds for so many of its largest.
 */
export const TENSORS_IN_FLIGHT = 3;

/**
 * Tiles of one tensor that may be between fetch and write at the same time within its unit's cost: enough to hide a GPU's
 * read-back behind the next tile's upload.
 */
export const TILES_IN_FLIGHT = 2;

/** A range in parts of at most `requestBytes`, in order. */
export function requestsOf(range: FetchRange, requestBytes: number): FetchRange[] {
  const parts: FetchRange[] = [];
  for (let start = range.start; start < range.end; start += requestBytes) {
    parts.push({ ...range, start, end: Math.min(range.end, start + requestBytes) });
  }
  return parts;
}

function stepsOf(unit: Unit): readonly Step[] {
  return 'tiles' in unit ? unit.tiles : [unit];
}

/** Everything a unit writes. */
export function piecesOf(unit: Unit): readonly Piece[] {
  return stepsOf(unit).flatMap(({ pieces }) => pieces);
}

/** Weight bytes a unit fetches. */
export function unitFetchBytes(unit: Unit): number {
  return stepsOf(unit).reduce((sum, step) => sum + stepFetchBytes(step), 0);
}

/** Bytes a step fetches. */
export function stepFetchBytes(step: Step): number {
  return step.ranges.reduce((sum, range) => sum + range.end - range.start, 0);
}

/** Bytes a step writes. */
export function stepOutputBytes(step: Step): number {
  return step.pieces.reduce((sum, piece) => sum + piece.output.end - piece.output.start, 0);
}
