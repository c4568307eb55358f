/**
 * From slices to output tensors: for each, its name, its place and the inputs it is made of (mergekit 0.1.4).
 *
 * In each module (the whole model without `modules`) tensors before the layers come from the first slice's sources, layers
 * are counted up across slices, and tensors after them come from the last slice's sources. Names come from the headers;
 * nothing is dropped.
 */

import { renameLayer } from '../model/places.ts';
import type { TensorInfo, TensorPlace } from '../model/types.ts';
import type { FilterSubject } from '../recipe/conditions.ts';
import { layerPosition } from '../recipe/parameters.ts';
import { type Absence, reportAbsences } from './absences.ts';
import { subjectIn } from './filter-subject.ts';
import type { Findings } from './findings.ts';
import { type NameIndex, nameIndexOf } from './name-index.ts';
import type { ModelPart, ResolvedRecipe, ResolvedSlice, ResolvedSource } from './resolve.ts';

export interface ExpandedInput {
  /** Index into the slice's sources. */
  readonly source: number;
  readonly tensor: TensorInfo;
}

export interface ExpandedTensor {
  readonly name: string;
  /** The output's name, layer and kind, which parameters of the whole merge are filtered by. */
  readonly subject: FilterSubject;
  /** Index into `ResolvedRecipe.slices`. */
  readonly slice: number;
  /** Position in the slice's layers, or in the stack beside them that it belongs to, 0 to 1; 0 outside both. */
  readonly t: number;
  readonly inputs: readonly ExpandedInput[];
  /** Index of the base among the inputs. */
  readonly base: number | null;
  /** There is nothing to merge: the one input is copied. */
  readonly isCopy: boolean;
}

/** One output tensor before its inputs are looked up. */
interface Wanted {
  readonly output: string;
  /** Layer of the output. */
  readonly layer: number | null;
  /** What the sources' names have in common; `{}` stands for the layer. */
  readonly template: string;
  readonly t: number;
  /** Its name in a source's own checkpoint. */
  readonly nameIn: (source: ResolvedSource) => string;
}

/** All output tensors, in the order before, layers, after. Tensors that some sources lack are reported. */
export function expandRecipe(resolved: ResolvedRecipe, findings: Findings): ExpandedTensor[] {
  const expander = new Expander(resolved);
  const tensors = expander.expand();
  reportAbsences(expander.absences, findings);
  return tensors;
}

class Expander {
  readonly absences: Absence[] = [];
  readonly #resolved: ResolvedRecipe;
  readonly #indexes = new Map<ModelPart['places'], NameIndex>();
  readonly #tensors = new Map<string, ExpandedTensor>();

  constructor(resolved: ResolvedRecipe) {
    this.#resolved = resolved;
  }

  expand(): ExpandedTensor[] {
    for (const { slices } of this.#resolved.modules) this.#addModule(slices);
    return [...this.#tensors.values()];
  }

  #addModule(slices: readonly number[]): void {
    this.#addOutside('pre', slices[0] ?? -1);
    let outputLayer = 0;
    for (const index of slices) {
      const slice = this.#resolved.slices[index];
      for (let layer = 0; slice !== undefined && layer < slice.layerCount; layer++) {
        this.#addLayer(index, slice, layer, outputLayer++);
      }
    }
    this.#addOutside('post', slices.at(-1) ?? -1);
  }

  #indexOf({ places }: ModelPart): NameIndex {
    const index = this.#indexes.get(places) ?? nameIndexOf({ places });
    this.#indexes.set(places, index);
    return index;
  }

  #addOutside(zone: 'pre' | 'post', sliceIndex: number): void {
    const slice = this.#resolved.slices[sliceIndex];
    if (slice === undefined) return;
    for (const name of this.#union(slice, (index) => index[zone])) {
      const block = blockOf(name, slice);
      this.#add(sliceIndex, slice, {
        output: name,
        layer: block?.index ?? null,
        template: name,
        t: block === null ? 0 : layerPosition(block.index, block.count),
        nameIn: () => name,
      });
    }
  }

  #addLayer(sliceIndex: number, slice: ResolvedSlice, layer: number, outputLayer: number): void {
    const t = layerPosition(layer, slice.layerCount);
    const layerIn = (source: ResolvedSource): number => source.layers[0] + layer;
    const templates = this.#union(slice, (index, source) => index.layers.get(layerIn(source)) ?? []);
    for (const template of templates) {
      this.#add(sliceIndex, slice, {
        output: renameLayer(template, outputLayer),
        layer: outputLayer,
        template,
        t,
        nameIn: (source) => renameLayer(template, layerIn(source)),
      });
    }
  }

  /** Names of all sources, the base's (else the first source's) first. */
  #union(
    slice: ResolvedSlice,
    namesOf: (index: NameIndex, source: ResolvedSource) => readonly string[],
  ): Set<string> {
    const lead = slice.sources[slice.base ?? 0];
    const names = new Set<string>();
    for (const source of lead === undefined ? [] : [lead, ...slice.sources]) {
      for (const name of namesOf(this.#indexOf(source.part), source)) names.add(name);
    }
    return names;
  }

  #add(sliceIndex: number, slice: ResolvedSlice, wanted: Wanted): void {
    if (this.#tensors.has(wanted.output)) return;
    const isHead = slice.sources.some(({ checkpoint }) => checkpoint.structure.headName === wanted.output);
    const present: ExpandedInput[] = [];
    const lacking: { source: ResolvedSource; hasEmbedding: boolean }[] = [];
    for (const [index, source] of slice.sources.entries()) {
      const { tensors, structure } = source.checkpoint;
      const own = tensors.get(wanted.nameIn(source));
      // mergekit 0.1.4: a model whose head is its embedding gives the embedding where another has a head.
      const embedding = isHead ? tensors.get(structure.embeddingName ?? '') : undefined;
      const tensor = own ?? embedding;
      if (tensor !== undefined) present.push({ source: index, tensor });
      if (own === undefined) lacking.push({ source, hasEmbedding: embedding !== undefined });
    }
    const chosen = this.#chooseInputs(slice, present);
    const { output: name, layer, t, template } = wanted;
    const lead = chosen.inputs[chosen.base ?? 0];
    const part = slice.sources[lead?.source ?? -1]?.part;
    const kind = part && lead ? subjectIn(part, lead.tensor.name).kind : null;
    this.#tensors.set(name, { name, subject: { name, layer, kind }, slice: sliceIndex, t, ...chosen });
    this.#noteAbsences(slice, present, lacking, { template, isCopy: chosen.isCopy });
  }

  /**
   * Which of the inputs at hand take part. A tensor that the base lacks has nothing to be measured against: the first
   * model's is copied.
   */
  #chooseInputs(
    slice: ResolvedSlice,
    present: readonly ExpandedInput[],
  ): Pick<ExpandedTensor, 'inputs' | 'base' | 'isCopy'> {
    if (slice.base === null) {
      const isCopy = this.#resolved.method.inputs.base === 'required';
      return { inputs: present, base: null, isCopy };
    }
    const base = present.findIndex(({ source }) => source === slice.base);
    if (base >= 0 && present.length > 1) return { inputs: present, base, isCopy: false };
    return { inputs: present.slice(0, 1), base: null, isCopy: true };
  }

  #noteAbsences(
    slice: ResolvedSlice,
    present: readonly ExpandedInput[],
    lacking: readonly { source: ResolvedSource; hasEmbedding: boolean }[],
    { template, isCopy }: { readonly template: string; readonly isCopy: boolean },
  ): void {
    const example = present.find(
      ({ source }) => !lacking.some((each) => each.source === slice.sources[source]),
    );
    const donor = slice.sources[example?.source ?? 0];
    if (example === undefined || donor === undefined) return;
    for (const { source, hasEmbedding } of lacking) {
      this.absences.push({
        source,
        template,
        hasEmbedding,
        donor: donor.checkpoint,
        place: donor.part.places.get(example.tensor.name),
        example: example.tensor,
        isCopy,
        isHole: this.#indexOf(source.part).templates.has(template),
      });
    }
  }
}

/** Where the first source that has `name` counts it in a stack beside the layers. */
function blockOf(name: string, { sources }: ResolvedSlice): NonNullable<TensorPlace['block']> | null {
  for (const { part } of sources) {
    const place = part.places.get(name);
    if (place !== undefined) return place.block ?? null;
  }
  return null;
}
