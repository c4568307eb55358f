/** All merge methods, by the names recipes use. */

import { dareLinear } from './dare-linear.ts';
import { dareTies } from './dare-ties.ts';
import { linear } from './linear.ts';
import { passthrough } from './passthrough.ts';
import { slerp } from './slerp.ts';
import { taskArithmetic } from './task-arithmetic.ts';
import { ties } from './ties.ts';
import type { MethodDefinition } from './types.ts';

/** In the order they are offered. */
export const METHODS: ReadonlyMap<string, MethodDefinition> = new Map(
  [linear, slerp, taskArithmetic, ties, dareTies, dareLinear, passthrough].map((method) => [
    method.name,
    method,
  ]),
);

/** The method of that exact name; null when there is none. */
export function methodOf(name: string): MethodDefinition | null {
  return METHODS.get(name) ?? null;
}

/** Names that mergekit merges by and Graft does not. */
export const KNOWN_UNSUPPORTED: ReadonlySet<string> = new Set([
  'nuslerp',
  'multislerp',
  'karcher',
  'model_stock',
  'arcee_fusion',
  'breadcrumbs',
  'breadcrumbs_ties',
  'della',
  'della_linear',
  'sce',
  'nearswap',
  'ram',
  'ramplus_tl',
]);
