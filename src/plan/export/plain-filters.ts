/**
 * Conditions as mergekit has them: the same value for every tensor, chosen by plain parts of names alone.
 *
 * Parts are taken between dots (`.mlp.`, `.layers.7.`, `.q_proj.bias`), the part that covers most of what is left first;
 * where no part is free of other tensors, the tensor's full name.
 */

import { GraftError } from '../../base/errors.ts';
import { conditionMatches, type FilterSubject, filterMatches, isGlob } from '../../recipe/conditions.ts';
import type { ConditionalValue, Gradient, ParameterValue } from '../../recipe/types.ts';

export interface PlainEntry {
  /** A part of the name; null matches every name. */
  readonly filter: string | null;
  readonly value: Gradient;
}

/** True for entries that mean the same to mergekit. */
export function isPlain({ filter, layers, kind }: ConditionalValue): boolean {
  return layers === null && kind === null && (filter === null || !isGlob(filter));
}

/**
 * `value` with plain filters, the same for every tensor of `subjects` (those that take their value from this place).
 * Null when plain filters cannot say it: one name stands for tensors of two kinds, or a name without a value contains
 * one with a value.
 */
export function plainFilters(
  value: ParameterValue,
  subjects: readonly FilterSubject[],
): readonly PlainEntry[] | null {
  if (value.every(isPlain)) return value.map(({ filter, value: numbers }) => ({ filter, value: numbers }));
  const wanted = wantedEntries(value, subjects);
  if (wanted === null) return null;
  const entries = new PlainWriter(value, wanted).write();
  for (const [name, entry] of wanted) {
    const found = entries?.find(({ filter }) => filterMatches(filter, name))?.value;
    if (entries !== null && found !== (entry === null ? undefined : value[entry]?.value)) {
      throw new GraftError('Internal', 'A filter was written out wrongly.', { where: name });
    }
  }
  return entries;
}

/** Which entry each name takes its value from. */
function wantedEntries(
  value: ParameterValue,
  subjects: readonly FilterSubject[],
): ReadonlyMap<string, number | null> | null {
  const wanted = new Map<string, number | null>();
  for (const subject of subjects) {
    const index = value.findIndex((entry) => conditionMatches(entry, subject));
    const entry = index < 0 ? null : index;
    const known = wanted.get(subject.name);
    if (known !== undefined && known !== entry) return null;
    wanted.set(subject.name, entry);
  }
  return wanted;
}

class PlainWriter {
  readonly #value: ParameterValue;
  readonly #wanted: ReadonlyMap<string, number | null>;
  readonly #names: readonly string[];
  /** Names by the parts between dots that they have. */
  readonly #holders: ReadonlyMap<string, readonly string[]>;
  readonly #entries: PlainEntry[] = [];
  /** Names that an entry written so far matches, rightly. */
  readonly #settled = new Set<string>();

  constructor(value: ParameterValue, wanted: ReadonlyMap<string, number | null>) {
    this.#value = value;
    this.#wanted = wanted;
    this.#names = [...wanted.keys()];
    this.#holders = holdersOf(this.#names);
  }

  write(): readonly PlainEntry[] | null {
    for (const [index, entry] of this.#value.entries()) {
      const left = this.#names.filter((name) => !this.#settled.has(name));
      const targets = left.filter((name) => this.#wanted.get(name) === index);
      if (targets.length === 0) continue;
      if (targets.length === left.length) {
        this.#add(index, null);
        return this.#entries;
      }
      if (isPlain(entry)) this.#add(index, entry.filter);
      else if (!this.#cover(index, targets)) return null;
    }
    return this.#entries;
  }

  #add(index: number, filter: string | null): void {
    this.#entries.push({ filter, value: this.#value[index]?.value ?? [] });
    for (const name of this.#names) if (filterMatches(filter, name)) this.#settled.add(name);
  }

  #cover(index: number, targets: readonly string[]): boolean {
    const parts = this.#candidates(index, targets);
    for (;;) {
      let best: { part: string; count: number } | null = null;
      for (const [part, holders] of parts) {
        const count = holders.filter((name) => !this.#settled.has(name)).length;
        if (count === 0) parts.delete(part);
        else if (
          best === null ||
          count > best.count ||
          (count === best.count && part.length < best.part.length)
        ) {
          best = { part, count };
        }
      }
      if (best === null) break;
      parts.delete(best.part);
      // A part at the end of a name may be the beginning of a longer one.
      if (this.#isFree(best.part, index)) this.#add(index, best.part);
    }
    return targets.every((name) => this.#settled.has(name) || this.#addName(name, index));
  }

  /** Parts that no name of another value has as a part between dots. */
  #candidates(index: number, targets: readonly string[]): Map<string, readonly string[]> {
    const parts = new Map<string, readonly string[]>();
    const refused = new Set<string>();
    for (const name of targets) {
      for (const part of partsOf(name)) {
        if (parts.has(part) || refused.has(part)) continue;
        const holders = this.#holders.get(part) ?? [];
        if (holders.every((holder) => this.#mayMatch(holder, index))) parts.set(part, holders);
        else refused.add(part);
      }
    }
    return parts;
  }

  #mayMatch(name: string, index: number): boolean {
    return this.#settled.has(name) || this.#wanted.get(name) === index;
  }

  #isFree(part: string, index: number): boolean {
    return this.#names.every((name) => !name.includes(part) || this.#mayMatch(name, index));
  }

  /** The full name, behind the longer names that contain it and have other values. */
  #addName(name: string, index: number): boolean {
    const longer = this.#names
      .filter((other) => other.includes(name) && !this.#mayMatch(other, index))
      .sort((a, b) => b.length - a.length);
    for (const other of longer) {
      const entry = this.#wanted.get(other) ?? null;
      if (entry === null) return false;
      this.#add(entry, other);
    }
    this.#add(index, name);
    return true;
  }
}

/** Every run of the name's segments behind the first: `.layers.7.`, `.7.mlp.`, `.up_proj.weight`. */
function partsOf(name: string): string[] {
  const segments = name.split('.');
  const parts: string[] = [];
  for (let first = 1; first < segments.length; first++) {
    for (let last = first; last < segments.length; last++) {
      const text = `.${segments.slice(first, last + 1).join('.')}`;
      parts.push(last === segments.length - 1 ? text : `${text}.`);
    }
  }
  return parts;
}

function holdersOf(names: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const holders = new Map<string, string[]>();
  for (const name of names) {
    for (const part of new Set(partsOf(name))) {
      const known = holders.get(part);
      if (known === undefined) holders.set(part, [name]);
      else known.push(name);
    }
  }
  return holders;
}
