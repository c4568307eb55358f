/** What the documents of one text share while they are planned. */

import type { OutputDtype } from '../base/dtype.ts';
import type { Checkpoint } from '../model/types.ts';
import type { ExpandedTensor } from './expand.ts';
import type { ResolvedRecipe } from './resolve.ts';
import type { PlannedTensor } from './types.ts';

/** A document with its models: what its output tensors are made of. */
export interface PlannedRecipe {
  readonly resolved: ResolvedRecipe;
  readonly expanded: readonly ExpandedTensor[];
}

/** A tensor before the layout gives it a place. */
export type Unplaced = Omit<PlannedTensor, 'shard' | 'offset' | 'sizeBytes'>;

/** The result of a document that another one uses. */
export interface Intermediate {
  /** What others see of it: names, shapes, the dtypes it would be written in. */
  readonly checkpoint: Checkpoint;
  readonly tensors: ReadonlyMap<string, Unplaced>;
  readonly method: string;
  /** What the document asks for. */
  readonly dtype: OutputDtype | null;
  /** The opened model whose config and tokenizer it has. */
  readonly donor: Checkpoint;
}

/** By the checkpoints that stand for them. */
export type Intermediates = ReadonlyMap<Checkpoint, Intermediate>;

export interface PlanContext {
  /** The opened models of all documents, as the plan numbers them. */
  readonly models: readonly Checkpoint[];
  readonly intermediates: Intermediates;
}
