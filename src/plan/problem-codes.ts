/** Problems that only show once the models' headers are known. README.md says what each means; a test compares the two. */

import type { Severity } from '../recipe/types.ts';

export const PLAN_PROBLEMS = {
  'unknown-method': 'error',
  'unsupported-method': 'error',
  'missing-base-model': 'error',
  'base-model-forbidden': 'error',
  'base-model-not-a-source': 'error',
  'model-count': 'error',
  'model-failed': 'error',
  'quantized-model': 'error',
  'different-architectures': 'error',
  'mixed-architectures': 'warning',
  'slices-of-modules': 'error',
  'unknown-module': 'error',
  'repeated-module': 'error',
  'module-left-out': 'warning',
  'layer-range-outside': 'error',
  'unequal-layer-counts': 'error',
  'unknown-parameter': 'error',
  'global-parameter-under-model': 'error',
  'parameter-out-of-range': 'error',
  'missing-parameter': 'error',
  'refused-values': 'error',
  'unused-parameter': 'warning',
  'filter-matches-nothing': 'warning',
  'missing-tensor': 'error',
  'optional-tensor': 'warning',
  'embedding-as-head': 'warning',
  'different-vocabularies': 'error',
  'different-shapes': 'error',
  'different-tensor-types': 'error',
  'unsupported-tensor-type': 'error',
  'plan-refused': 'error',
} as const satisfies Record<string, Severity>;

export type PlanProblemCode = keyof typeof PLAN_PROBLEMS;
