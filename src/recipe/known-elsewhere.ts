/** Keys that are not Graft's but that recipes have: what mergekit knows and Graft does not do, old names, and options. */

import type { LevelName } from './definitions.ts';
import type { ProblemCode } from './problem-codes.ts';

export interface KnownElsewhere {
  readonly code: ProblemCode;
  readonly message: string;
  /** What to offer as the fix. */
  readonly fix: 'remove' | 'none' | { readonly rename: string };
}

function legacy(message: string, fix: KnownElsewhere['fix'] = 'remove'): KnownElsewhere {
  return { code: 'legacy-key', message, fix };
}

/** A switch of mergekit's command line, or of transformers: nothing is lost by leaving it out. */
function option(name: string, why: string): readonly [string, KnownElsewhere] {
  return [name, { code: 'ignored-key', message: `\`${name}\` has no effect here: ${why}`, fix: 'remove' }];
}

const ANYWHERE: ReadonlyMap<string, KnownElsewhere> = new Map<string, KnownElsewhere>([
  option(
    'trust_remote_code',
    "Graft never runs a model's code. Files with custom code are copied to the output as they are.",
  ),
  option('lazy_unpickle', 'Graft reads safetensors only, and streams them.'),
  option('low_cpu_memory', "Graft's memory use has a fixed ceiling."),
  option('copy_tokenizer', 'the tokenizer is always copied.'),
  option('write_model_card', 'the model card is always written.'),
  option('clone_tensors', 'Graft writes every tensor on its own.'),
  option('allow_crimes', 'whether models fit each other is decided by their tensors.'),
  option('cuda', 'the engine is chosen in the page.'),
  [
    'input_model_parameters',
    legacy(
      '`input_model_parameters` was dropped by mergekit. Put the values under the `parameters` of each model.',
    ),
  ],
  ['embed_slerp', legacy('`embed_slerp` was dropped by mergekit and has had no effect since. Remove it.')],
  [
    'consensus_method',
    legacy('`consensus_method` was dropped by mergekit and has had no effect since. Remove it.'),
  ],
  [
    'random_seed',
    legacy("`random_seed` is an option of mergekit's command line; a recipe says `seed`.", {
      rename: 'seed',
    }),
  ],
]);

const AT_LEVEL: Readonly<Partial<Record<LevelName, ReadonlyMap<string, KnownElsewhere>>>> = {
  slice: new Map([option('residual_weight', 'mergekit reads it and never uses it.')]),
};

/** What is known of `key` at `level`; undefined when it is a stranger. */
export function knownElsewhere(level: LevelName, key: string): KnownElsewhere | undefined {
  return AT_LEVEL[level]?.get(key) ?? ANYWHERE.get(key);
}
