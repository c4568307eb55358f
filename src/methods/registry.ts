/** All merge methods, by the names recipes use. */

import { arceeFusion } from './arcee-fusion.ts';
import { breadcrumbs } from './breadcrumbs.ts';
import { breadcrumbsTies } from './breadcrumbs-ties.ts';
import { dareLinear } from './dare-linear.ts';
import { dareTies } from './dare-ties.ts';
import { della } from './della.ts';
import { dellaLinear } from './della-linear.ts';
import { karcher } from './karcher.ts';
import { linear } from './linear.ts';
import { magmax } from './magmax.ts';
import { modelStock } from './model-stock.ts';
import { multislerp } from './multislerp.ts';
import { nearswap } from './nearswap.ts';
import { nuslerp } from './nuslerp.ts';
import { passthrough } from './passthrough.ts';
import { ram } from './ram.ts';
import { ramplusTl } from './ramplus-tl.ts';
import { sce } from './sce.ts';
import { slerp } from './slerp.ts';
import { taskArithmetic } from './task-arithmetic.ts';
import { ties } from './ties.ts';
import { trimmedMean } from './trimmed-mean.ts';
import type { MethodDefinition } from './types.ts';

/** In the order they are offered: averages, spheres, task vectors, special ones. */
export const METHODS: ReadonlyMap<string, MethodDefinition> = new Map(
  [
    linear,
    slerp,
    nuslerp,
    multislerp,
    karcher,
    trimmedMean,
    taskArithmetic,
    ties,
    dareTies,
    dareLinear,
    della,
    dellaLinear,
    breadcrumbs,
    breadcrumbsTies,
    modelStock,
    sce,
    magmax,
    ram,
    ramplusTl,
    nearswap,
    arceeFusion,
    passthrough,
  ].map((method) => [method.name, method]),
);

/** The method of that exact name; null when there is none. */
export function methodOf(name: string): MethodDefinition | null {
  return METHODS.get(name) ?? null;
}

/** Methods that mergekit 0.1.4 has not. */
export const BEYOND_MERGEKIT: ReadonlySet<string> = new Set([trimmedMean.name, magmax.name]);

/** What is known of methods that others have and Graft has not, as a sentence or two each. */
export const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  [
    'opcm',
    'Newer versions of mergekit have `opcm`, which decomposes every weight matrix (SVD); Graft does not do it. `magmax` serves models that were trained one after another, too.',
  ],
  [
    'delerp',
    'A fork of mergekit has `delerp`; Graft does not. `nuslerp` with a `base_model` interpolates along the arc between two task vectors.',
  ],
  [
    'cabs',
    'A fork of mergekit has `cabs`; Graft does not. `ties` and `della` thin task vectors out by magnitude.',
  ],
]);
