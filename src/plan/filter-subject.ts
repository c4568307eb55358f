/** A tensor as the conditions of a recipe see it. */

import type { Checkpoint, TensorKind } from '../model/types.ts';
import type { FilterSubject } from '../recipe/conditions.ts';
import type { FilterKind } from '../recipe/definitions.ts';

const FILTER_KINDS: Readonly<Record<TensorKind, FilterKind | null>> = {
  attention: 'attention',
  mlp: 'mlp',
  expert: 'mlp',
  router: 'mlp',
  norm: 'norm',
  embedding: 'embedding',
  head: 'head',
  other: null,
};

/** `name` as `checkpoint` places it; blocks beside the layers are counted by their own stack. */
export function subjectIn({ places }: Pick<Checkpoint, 'places'>, name: string): FilterSubject {
  const place = places.get(name);
  return place === undefined
    ? { name, layer: null, kind: null }
    : { name, layer: place.layer ?? place.block?.index ?? null, kind: FILTER_KINDS[place.kind] };
}
