/** The merges whose numbers are looked at: every method at usual parameters, its variants spread over tensors by filters. */

import type { ModelName } from './models.ts';

/** A parameter's value; or one for tensors whose name contains `filter`, and one for the others. */
export type Setting =
  | number
  | boolean
  | { readonly filter: string; readonly value: number | boolean; readonly otherwise: number | boolean };

export interface MergeCase {
  readonly method: string;
  readonly models: readonly {
    readonly name: ModelName;
    readonly parameters?: Readonly<Record<string, Setting>>;
  }[];
  readonly base?: ModelName;
  readonly parameters?: Readonly<Record<string, Setting>>;
}

type Parameters = Readonly<Record<string, Setting>>;

/** The three fine-tunes, with these weights and otherwise the same parameters. */
function fineTunes(
  weights: readonly [number, number, number],
  parameters: Parameters = {},
): MergeCase['models'] {
  const names = ['made/one', 'made/two', 'made/three'] as const;
  return names.map((name, at) => ({ name, parameters: { weight: weights[at] ?? 1, ...parameters } }));
}

const BASE = { base: 'made/base' } as const;
const ONE = [{ name: 'made/one' }] as const;
const ALL = [...ONE, { name: 'made/two' }, { name: 'made/three' }] as const;
const PAIR = [
  { name: 'made/one', parameters: { weight: 0.6 } },
  { name: 'made/two', parameters: { weight: 0.3 } },
] as const;
const DENSITY = { density: { filter: 'mlp', value: 0.6, otherwise: 0.35 } };
/** The last one is taken away: its sign counts the other way round in votes. */
const WEIGHTS = [0.7, 0.5, -0.2] as const;

export const CASES: readonly MergeCase[] = [
  { method: 'linear', models: fineTunes([0.5, 0.3, 0.4]) },
  { method: 'linear', models: fineTunes(WEIGHTS), parameters: { normalize: false } },
  {
    method: 'slerp',
    ...BASE,
    models: ONE,
    parameters: { t: { filter: 'mlp', value: 0.35, otherwise: 1.2 } },
  },
  {
    method: 'nuslerp',
    models: PAIR,
    parameters: {
      nuslerp_flatten: { filter: 'embed', value: true, otherwise: false },
      nuslerp_row_wise: { filter: 'mlp', value: true, otherwise: false },
    },
  },
  { method: 'nuslerp', ...BASE, models: PAIR },
  { method: 'multislerp', models: fineTunes([0.5, 0.3, 0.4]) },
  {
    method: 'multislerp',
    ...BASE,
    models: fineTunes([0.5, 0.3, 0.4]),
    parameters: { normalize_weights: false },
  },
  { method: 'karcher', models: ALL },
  { method: 'trimmed_mean', models: [...ALL, { name: 'made/base' }] },
  { method: 'trimmed_mean', ...BASE, models: ALL, parameters: { trim: 0, lambda: 0.7 } },
  { method: 'task_arithmetic', ...BASE, models: fineTunes(WEIGHTS), parameters: { lambda: 1.1 } },
  { method: 'ties', ...BASE, models: fineTunes(WEIGHTS, DENSITY) },
  { method: 'dare_ties', ...BASE, models: fineTunes(WEIGHTS, DENSITY) },
  {
    method: 'dare_linear',
    ...BASE,
    models: fineTunes([0.4, 0.5, 0.3], DENSITY),
    parameters: { normalize: true },
  },
  { method: 'della', ...BASE, models: fineTunes(WEIGHTS, DENSITY) },
  {
    method: 'della_linear',
    ...BASE,
    models: fineTunes([0.4, 0.5, 0.3], DENSITY),
    parameters: { lambda: 0.9 },
  },
  { method: 'breadcrumbs', ...BASE, models: fineTunes(WEIGHTS, { density: 0.8, gamma: 0.05 }) },
  {
    method: 'breadcrumbs_ties',
    ...BASE,
    models: fineTunes([0.4, 0.5, 0.3], { density: 0.7, gamma: 0.1 }),
    parameters: { normalize: true, rescale: true },
  },
  {
    method: 'model_stock',
    ...BASE,
    models: ALL,
    parameters: { filter_wise: { filter: 'mlp', value: true, otherwise: false } },
  },
  {
    method: 'sce',
    ...BASE,
    models: ALL,
    parameters: { select_topk: { filter: 'mlp', value: 0.2, otherwise: 1 } },
  },
  { method: 'magmax', ...BASE, models: fineTunes([1, 0.8, 1]), parameters: { lambda: 0.9 } },
  { method: 'ram', ...BASE, models: ALL },
  { method: 'ramplus_tl', ...BASE, models: ALL, parameters: { r: 0.3, alpha: 0.5 } },
  { method: 'nearswap', ...BASE, models: ONE, parameters: { t: 0.001 } },
  { method: 'arcee_fusion', ...BASE, models: ONE },
  {
    method: 'passthrough',
    models: [{ name: 'made/one', parameters: { scale: { filter: 'mlp', value: 0.7, otherwise: 1 } } }],
  },
];

/** What a parameter is for a tensor, booleans as 0 and 1. */
export function settingFor(setting: Setting, tensor: string): number {
  if (typeof setting !== 'object') return Number(setting);
  return Number(tensor.includes(setting.filter) ? setting.value : setting.otherwise);
}

/** The recipe of a case in mergekit's language; JSON is YAML. */
export function recipeText({ method, models, base, parameters = {} }: MergeCase, outDtype: string): string {
  const written = (given: Parameters): object =>
    Object.fromEntries(
      Object.entries(given).map(([name, setting]) => [
        name,
        typeof setting === 'object'
          ? [{ filter: setting.filter, value: setting.value }, { value: setting.otherwise }]
          : setting,
      ]),
    );
  return JSON.stringify({
    merge_method: method,
    ...(base === undefined ? {} : { base_model: base }),
    models: models.map(({ name, parameters: own = {} }) => ({ model: name, parameters: written(own) })),
    parameters: written(parameters),
    dtype: 'float32',
    out_dtype: outDtype,
  });
}
