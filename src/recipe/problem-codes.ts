/** All problems the recipe layer reports. README.md says what each means; a test keeps the two lists equal. */

import type { Severity } from './types.ts';

export interface ProblemKind {
  readonly severity: Severity;
  /**
   * `kept`: the rest of the recipe still means what it says, so later checks may go on with it (and the run is
   * refused all the same). `lost`: it does not, and later checks would only report consequences.
   */
  readonly meaning: 'kept' | 'lost';
}

const LOST = { severity: 'error', meaning: 'lost' } as const;
const KEPT = { severity: 'error', meaning: 'kept' } as const;
const WARNING = { severity: 'warning', meaning: 'kept' } as const;

export const PROBLEM_KINDS = {
  'too-large': LOST,
  'too-deep': LOST,
  'too-many-aliases': LOST,
  'yaml-syntax': LOST,
  'invalid-name': LOST,
  'duplicate-name': LOST,
  'unknown-document': LOST,
  'document-cycle': LOST,
  'several-outputs': LOST,
  'unsupported-tag': LOST,
  'unknown-anchor': LOST,
  'alias-cycle': LOST,
  'invalid-merge': LOST,
  'invalid-key': LOST,
  'duplicate-key': LOST,
  'empty-recipe': LOST,
  'invalid-type': LOST,
  'missing-key': LOST,
  'missing-models': LOST,
  'conflicting-keys': LOST,
  'empty-list': LOST,
  'unknown-key': KEPT,
  'misplaced-key': KEPT,
  'misplaced-parameter': LOST,
  'legacy-key': KEPT,
  'ignored-key': WARNING,
  'adapter-unsupported': LOST,
  'tokenizer-unsupported': KEPT,
  'tokenizer-redundant': WARNING,
  'chat-template-unsupported': KEPT,
  'invalid-model': LOST,
  'model-url': LOST,
  'local-path': LOST,
  'unknown-dtype': KEPT,
  'unsupported-dtype': KEPT,
  'invalid-seed': KEPT,
  'invalid-shard-size': KEPT,
  'invalid-layer-range': LOST,
  'unequal-layer-ranges': LOST,
  'invalid-parameter': LOST,
  'invalid-filter': LOST,
  'unreachable-filter': WARNING,
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEM_KINDS;
