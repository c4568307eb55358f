/**
 * A recipe as plain mergekit YAML (mergekit 0.1.4): Graft's own filters are written out, its own keys left out, and what
 * mergekit has no way to say is refused in words.
 */

import { Document, stringify } from 'yaml';
import type { ParameterDefinition } from '../../methods/types.ts';
import type { FilterSubject } from '../../recipe/conditions.ts';
import type { ParameterSet, ParameterValue, SourceEntry } from '../../recipe/types.ts';
import type { PlannedRecipe } from '../context.ts';
import type { ExpandedTensor } from '../expand.ts';
import { subjectIn } from '../filter-subject.ts';
import { listed } from '../findings.ts';
import { differencesOf, refusalsOf } from './differences.ts';
import { isPlain, type PlainEntry, plainFilters } from './plain-filters.ts';

export type MergekitExport =
  | {
      readonly kind: 'text';
      readonly text: string;
      /** What differs there, as sentences; the text has them as comments. */
      readonly notes: readonly string[];
    }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/**
 * The documents of a recipe for mergekit (mergekit-multi, where there are several; the last one is the output). Every tensor
 * gets the values that it has in the plan.
 */
export function exportForMergekit(documents: readonly PlannedRecipe[]): MergekitExport {
  const texts: string[] = [];
  const reasons: string[] = [];
  for (const planned of documents) {
    const { recipe } = planned.resolved;
    reasons.push(...refusalsOf(planned.resolved));
    const writer = new RecipeWriter(planned);
    const name = planned === documents.at(-1) ? null : recipe.name;
    const written = present({ name, ...writer.write() });
    if (writer.inexpressible.size > 0) {
      const names = listed([...writer.inexpressible]);
      reasons.push(
        `The filters of ${names} tell tensors apart that mergekit cannot: it knows only parts of names. Write filters that are parts of names.`,
      );
    }
    // PyYAML reads YAML 1.1, where `no` and `1_000` are no text.
    texts.push(stringify(written, { lineWidth: 0, compat: 'yaml-1.1' }));
  }
  if (reasons.length > 0) return { kind: 'refused', reasons: [...new Set(reasons)] };
  const notes = differencesOf(documents);
  const comments = notes.map((note) => `# ${note}\n`).join('');
  return { kind: 'text', text: comments + texts.join('---\n'), notes };
}

type Yaml = Record<string, unknown>;

class RecipeWriter {
  /** Parameters whose filters have no plain form. */
  readonly inexpressible = new Set<string>();
  readonly #planned: PlannedRecipe;

  constructor(planned: PlannedRecipe) {
    this.#planned = planned;
  }

  write(): Yaml {
    const { recipe, slices } = this.#planned.resolved;
    const all = slices.map((_, index) => index);
    return present({
      merge_method: recipe.mergeMethod,
      base_model: recipe.baseModel?.text,
      ...(recipe.form === 'modules' ? { modules: this.#modules() } : this.#contents(all)),
      parameters: this.#parameters(recipe.parameters, all, null),
      dtype: recipe.dtype,
      out_dtype: recipe.outDtype,
    });
  }

  #modules(): Yaml {
    const { modules } = this.#planned.resolved;
    return Object.fromEntries(
      modules.map(({ module, slices }) => {
        const parameters = module && this.#parameters(module.parameters, slices, null);
        return [module?.name ?? '', present({ ...this.#contents(slices), parameters })];
      }),
    );
  }

  #contents(indexes: readonly number[]): Yaml {
    const [first = -1] = indexes;
    const slice = this.#planned.resolved.slices[first]?.slice;
    if (slice?.form !== 'models') return { slices: this.#slices(indexes) };
    return { models: slice.sources.map((entry) => this.#source(entry, first)) };
  }

  #slices(indexes: readonly number[]): Yaml[] {
    return indexes.flatMap((index): Yaml[] => {
      const resolved = this.#planned.resolved.slices[index];
      if (resolved === undefined) return [];
      const { sources, baseModel, parameters } = resolved.slice;
      return [
        present({
          sources: sources.map((entry) => this.#source(entry, index)),
          base_model: baseModel?.text,
          parameters: this.#parameters(parameters, [index], null),
        }),
      ];
    });
  }

  #source(entry: SourceEntry, slice: number): Yaml {
    return present({
      model: entry.model.text,
      layer_range: entry.layerRange === null ? undefined : inline(entry.layerRange),
      parameters: this.#parameters(entry.parameters, [slice], entry),
    });
  }

  /** The values of one place, which count for `slices`, or for one source of the only slice. */
  #parameters(
    parameters: ParameterSet,
    slices: readonly number[],
    source: SourceEntry | null,
  ): Yaml | undefined {
    const { method } = this.#planned.resolved;
    const values: Yaml = {};
    for (const [name, value] of parameters) {
      const definition = method.parameters.find((each) => each.name === name);
      if (definition === undefined || (definition.scope === 'global' && source !== null)) continue;
      const plain = this.#plain(value, definition, slices, source);
      if (plain === null) this.inexpressible.add(name);
      else if (plain.length > 0) values[name] = written(plain);
    }
    return Object.keys(values).length === 0 ? undefined : values;
  }

  #plain(
    value: ParameterValue,
    { scope }: ParameterDefinition,
    slices: readonly number[],
    source: SourceEntry | null,
  ): readonly PlainEntry[] | null {
    if (value.every(isPlain)) return plainFilters(value, []);
    const tensors = this.#planned.expanded.filter(({ slice }) => slices.includes(slice));
    const subjects =
      scope === 'global'
        ? tensors.map(({ subject }) => subject)
        : tensors.flatMap((tensor) => this.#inputSubjects(tensor, source));
    return plainFilters(value, subjects);
  }

  #inputSubjects({ slice, inputs }: ExpandedTensor, entry: SourceEntry | null): FilterSubject[] {
    return inputs.flatMap(({ source, tensor }) => {
      const given = this.#planned.resolved.slices[slice]?.sources[source];
      return given === undefined || (entry !== null && given.entry !== entry)
        ? []
        : [subjectIn(given.checkpoint, tensor.name)];
    });
  }
}

/** A number, a gradient, or a list of entries; mergekit takes no entry without a list. */
function written(entries: readonly PlainEntry[]): unknown {
  const [only] = entries;
  if (only !== undefined && entries.length === 1 && only.filter === null) return numbers(only.value);
  return entries.map(({ filter, value }) => present({ filter, value: numbers(value) }));
}

function numbers(value: readonly number[]): unknown {
  return value.length === 1 ? value[0] : inline(value);
}

/** A list in brackets. */
function inline(items: readonly number[]): unknown {
  return new Document().createNode(items, { flow: true });
}

/** Without what is absent. */
function present(entries: Yaml): Yaml {
  return Object.fromEntries(
    Object.entries(entries).filter(([, value]) => value !== undefined && value !== null),
  );
}
