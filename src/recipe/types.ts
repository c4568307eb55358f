/**
 * A recipe as data: what `parseRecipe` makes of the YAML text, and the problems it finds on the way.
 * Positions stay attached through paths: `locate(['models', 0, 'parameters', 'weight'])` is a place in the text.
 */

import type { RecipeDtype } from '../base/dtype.ts';
import type { FilterKind, LayerSpan } from './definitions.ts';

/** Offsets count UTF-16 units from 0; lines and columns count from 1, as editors show them. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface TextEdit {
  readonly span: TextSpan;
  readonly text: string;
}

/** A change that makes a problem go away, as the editor's quick fix. */
export interface QuickFix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

export type Severity = 'error' | 'warning';

export interface Problem {
  readonly severity: Severity;
  /** A stable kebab-case name such as `unknown-key`; documented in src/recipe/README.md. */
  readonly code: string;
  /** Plain words: what is wrong and what to do. */
  readonly message: string;
  readonly span: TextSpan;
  readonly fixes: readonly QuickFix[];
}

/** Keys and indexes from the document's root to a node. */
export type NodePath = readonly (string | number)[];

/** `owner/name@revision+adapter@revision` as written (mergekit 0.1.4), and `owner/name/file.safetensors@revision`. */
export interface ModelRef {
  /** The reference exactly as the recipe writes it; two equal texts are the same model. */
  readonly text: string;
  readonly repo: string;
  /** Path of the one weight file that is meant, when the reference names one. */
  readonly file?: string;
  readonly revision: string | null;
  readonly adapter: { readonly repo: string; readonly revision: string | null } | null;
}

/** One number, or numbers spread evenly over the layers and interpolated (mergekit 0.1.4). */
export type Gradient = readonly number[];

/** A value for the tensors that all the conditions hold for (conditions.ts). */
export interface ConditionalValue {
  /** A part of the tensor's name, or a glob for the whole of it; null (or `*`) matches every name. */
  readonly filter: string | null;
  /** Null is every layer and what lies outside them. */
  readonly layers: readonly LayerSpan[] | null;
  readonly kind: FilterKind | null;
  readonly value: Gradient;
}

/** Entries in order, the first match wins; a plain number is one entry without a filter. */
export type ParameterValue = readonly ConditionalValue[];

/** A Map, because names come from strangers and `__proto__` is a name. */
export type ParameterSet = ReadonlyMap<string, ParameterValue>;

export interface SourceEntry {
  readonly model: ModelRef;
  /** `[start, end)` of the model's own layers; null means all of them (`models:` recipes). */
  readonly layerRange: readonly [number, number] | null;
  readonly parameters: ParameterSet;
  readonly path: NodePath;
}

/** A part of a model that has layers of its own, such as a vision tower, merged by itself. */
export interface RecipeModule {
  readonly name: string;
  readonly parameters: ParameterSet;
  readonly path: NodePath;
}

export interface OutputSlice {
  /** `models` stands for one slice without layer ranges whose base was not appended yet. */
  readonly form: 'models' | 'slices';
  /** The module it belongs to; null in recipes without `modules`. */
  readonly module: RecipeModule | null;
  readonly sources: readonly SourceEntry[];
  /** Overrides the recipe's base model for this slice. */
  readonly baseModel: ModelRef | null;
  readonly parameters: ParameterSet;
  readonly path: NodePath;
}

export interface Recipe {
  /** What other documents of the same text call its result; in a text of one document, a name for people. */
  readonly name: string | null;
  readonly mergeMethod: string;
  readonly baseModel: ModelRef | null;
  readonly form: 'models' | 'slices' | 'modules';
  /** In the order of the text; those of one module follow each other. */
  readonly slices: readonly OutputSlice[];
  readonly parameters: ParameterSet;
  readonly dtype: RecipeDtype | null;
  readonly outDtype: RecipeDtype | null;
  /** Seed of the random masks; 0 when the recipe has none. */
  readonly seed: number;
  /** Largest shard in bytes. */
  readonly outShardSizeBytes: number;
}

/** What is written and could not be read: a base model, an entry or model of a list, a range of layers. */
export type RecipeGap = 'base' | 'sources' | 'layers';

/**
 * As much of a recipe as could be read, so that later checks find their problems beside the parser's. Parts that could
 * not be read are left out: models and entries are absent, a layer range is null, a parameter has no entries.
 */
export interface RecipeDraft extends Omit<Recipe, 'mergeMethod'> {
  readonly mergeMethod: string | null;
  /** Empty when nothing but the method and values of parameters is left out. */
  readonly gaps: ReadonlySet<RecipeGap>;
}

/** One document of a recipe's text: a merge. */
export interface RecipeDocument {
  /** The whole text. */
  readonly text: string;
  /** Null when an error keeps the text from having a meaning. */
  readonly recipe: Recipe | null;
  /** The same with or without a meaning, for checks alone; null when the text is not YAML or holds no keys. */
  readonly draft: RecipeDraft | null;
  /** The span of the deepest existing node on `path` (the key's own span with `of: 'key'`). */
  locate(path: NodePath, of?: 'key' | 'value'): TextSpan;
}

/** A recipe's text; its own fields are those of the document whose result is the output. */
export interface ParsedRecipe extends RecipeDocument {
  readonly problems: readonly Problem[];
  /** Every document behind those that it refers to, the output last (in the order of the text where that is not known). */
  readonly documents: readonly RecipeDocument[];
}
