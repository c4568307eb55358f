/** Masks that kernels of their own make of a tile, kept with it so that each is made once. */

import type { KeepRule, MagnitudeCut, Score } from '../types.ts';

/** Which elements of a tile stay, where sums and consensus do not find out by themselves. */
export type MaskSpec =
  | { readonly kind: 'scored'; readonly score: Score; readonly cut: MagnitudeCut }
  | {
      readonly kind: 'ranked';
      readonly operand: number;
      readonly base: number;
      readonly keep: Extract<KeepRule, { kind: 'ranked' }>;
    };

/** A bit per element, lowest first, in whole rows of four words. */
export type Mask = Uint32Array<ArrayBuffer>;

export class MaskCache {
  private readonly entries: { readonly spec: MaskSpec; readonly mask: Promise<Mask> }[] = [];

  /** The mask of an equal spec, else what `make` makes. */
  get(spec: MaskSpec, make: () => Promise<Mask>): Promise<Mask> {
    const known = this.entries.find((entry) => isSame(entry.spec, spec));
    if (known !== undefined) return known.mask;
    const mask = make();
    this.entries.push({ spec, mask });
    return mask;
  }

  clear(): void {
    this.entries.length = 0;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  if (isTable(a) && isTable(b)) return a.length === b.length && a.every((value, index) => value === b[index]);
  if (!isPlain(a) || !isPlain(b)) return Object.is(a, b);
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => isSame(a[key], b[key]));
}

function isTable(value: unknown): value is Float64Array | Uint32Array {
  return value instanceof Float64Array || value instanceof Uint32Array;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
