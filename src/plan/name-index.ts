/** The names of a checkpoint's tensors, or of a module's, by where they stand. */

import type { Checkpoint } from '../model/types.ts';

export interface NameIndex {
  readonly pre: readonly string[];
  readonly post: readonly string[];
  /** Templates of each layer, in file order. */
  readonly layers: ReadonlyMap<number, readonly string[]>;
  /** Templates that any layer has. */
  readonly templates: ReadonlySet<string>;
}

export function nameIndexOf({ places }: Pick<Checkpoint, 'places'>): NameIndex {
  const pre: string[] = [];
  const post: string[] = [];
  const layers = new Map<number, string[]>();
  const templates = new Set<string>();
  for (const [name, place] of places) {
    if (place.layer === null) {
      if (place.zone === 'post') post.push(name);
      else pre.push(name);
      continue;
    }
    templates.add(place.template);
    const names = layers.get(place.layer);
    if (names === undefined) layers.set(place.layer, [place.template]);
    else names.push(place.template);
  }
  return { pre, post, layers, templates };
}
