/** The merged elements of a case by the plain formula of its method, in f64, written from the methods' definitions. */

import { maskKey } from '../../src/kernels/shared/philox.ts';
import { type MergeCase, type Setting, settingFor } from './cases.ts';
import { linear, nearswap, passthrough, trimmedMean } from './formulas/averages.ts';
import { arceeFusion, magmax, ram, ramplusTl } from './formulas/choices.ts';
import { karcher, modelStock, multislerp, nuslerp, slerp } from './formulas/spheres.ts';
import {
  breadcrumbs,
  breadcrumbsTies,
  dareLinear,
  dareTies,
  della,
  dellaLinear,
  sce,
  taskArithmetic,
  ties,
} from './formulas/task-vectors.ts';
import type { Formula } from './formulas/vectors.ts';
import type { ModelTensor } from './models.ts';
import type { Result } from './tally.ts';

export const FORMULAS: ReadonlyMap<string, Formula> = new Map([
  ['linear', linear],
  ['slerp', slerp],
  ['nuslerp', nuslerp],
  ['multislerp', multislerp],
  ['karcher', karcher],
  ['trimmed_mean', trimmedMean],
  ['task_arithmetic', taskArithmetic],
  ['ties', ties],
  ['dare_ties', dareTies],
  ['dare_linear', dareLinear],
  ['della', della],
  ['della_linear', dellaLinear],
  ['breadcrumbs', breadcrumbs],
  ['breadcrumbs_ties', breadcrumbsTies],
  ['model_stock', modelStock],
  ['sce', sce],
  ['magmax', magmax],
  ['ram', ram],
  ['ramplus_tl', ramplusTl],
  ['nearswap', nearswap],
  ['arcee_fusion', arceeFusion],
  ['passthrough', passthrough],
]);

/** The seed of recipes that name none. */
const SEED = 0;

/**
 * Another order of the same f64 operations moves a result by some 2^-50 of the largest input at its place; sums over a
 * whole tensor, and angles from them, by a little more.
 */
const SLACK = 2 ** -45;

/** Elements of one tensor of the output, not yet rounded. */
export function evaluate(merge: MergeCase, tensor: ModelTensor): Result[] {
  const used = [...merge.models.map(({ name }) => name), ...(merge.base === undefined ? [] : [merge.base])];
  return elementsOf(merge, tensor).map((value, index) => {
    const inputs = used.map((model) => Math.abs(tensor.values[model][index] ?? 0));
    return { value, slack: SLACK * Math.max(...inputs) };
  });
}

function elementsOf(merge: MergeCase, { name, shape, values }: ModelTensor): number[] {
  const formula = FORMULAS.get(merge.method);
  if (formula === undefined) throw new Error(`there is no formula of ${merge.method}`);
  const settled = (given: Readonly<Record<string, Setting>> = {}): Record<string, number> =>
    Object.fromEntries(Object.entries(given).map(([key, setting]) => [key, settingFor(setting, name)]));
  return formula({
    models: merge.models.map(({ name: model, parameters }) => ({
      values: values[model],
      parameters: settled(parameters),
      maskKey: maskKey(SEED, model, name),
    })),
    base: merge.base === undefined ? null : values[merge.base],
    shape,
    parameters: settled(merge.parameters),
  });
}
