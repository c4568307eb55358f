/** What a parameter is worth for one tensor: gradients, filters and the order of places (mergekit 0.1.4). */

import { GraftError } from '../base/errors.ts';
import { conditionMatches, type FilterSubject } from './conditions.ts';
import type {
  Gradient,
  NodePath,
  OutputSlice,
  ParameterSet,
  ParameterValue,
  Recipe,
  SourceEntry,
} from './types.ts';

/** Position of layer `index` (from 0) in a slice of `count` layers, from 0 to 1; the only layer of a slice is at 1. */
export function layerPosition(index: number, count: number): number {
  return count === 1 ? 1 : index / (count - 1);
}

/**
 * The gradient's value at position `t` in [0, 1], linear between its numbers. Weights before and after the layers
 * are at t = 0. Throws `Internal` for a gradient without numbers, which no parsed recipe has.
 */
export function evaluateGradient(values: Gradient, t: number): number {
  const position = t * (values.length - 1);
  const index = Math.trunc(position);
  const low = values[index];
  const high = values[Math.min(values.length - 1, index + 1)];
  if (low === undefined || high === undefined) {
    throw new GraftError('Internal', `A gradient of ${values.length} numbers has no value at ${t}.`);
  }
  const fraction = position - index;
  return (1 - fraction) * low + fraction * high;
}

/** The value of the first entry that matches the tensor, at layer position `t`; null when none matches. */
export function evaluateValue(value: ParameterValue, tensor: FilterSubject, t: number): number | null {
  const entry = value.find((candidate) => conditionMatches(candidate, tensor));
  return entry === undefined ? null : evaluateGradient(entry.value, t);
}

/** A parameter's value and the place in the recipe that gave it. */
export interface FoundParameter {
  readonly value: number;
  readonly path: NodePath;
}

/**
 * A per-model parameter (such as `weight`) of one source: looked up under the source, then the slice, the module
 * and the recipe; a place whose filters do not match is passed over. `input` is the tensor as the source's own file names it.
 * Null when no place gives a value; the method's default then applies.
 */
export function lookupModelParameter(
  at: { readonly source: SourceEntry; readonly slice: OutputSlice; readonly recipe: Recipe },
  name: string,
  input: FilterSubject,
  t: number,
): FoundParameter | null {
  return (
    lookUp(at.source.parameters, at.source.path, name, input, t) ?? lookupGlobalParameter(at, name, input, t)
  );
}

/** A global parameter (such as `normalize`): the slice's, else the module's, else the recipe's; never a model's. */
export function lookupGlobalParameter(
  at: { readonly slice: OutputSlice; readonly recipe: Recipe },
  name: string,
  output: FilterSubject,
  t: number,
): FoundParameter | null {
  const { slice, recipe } = at;
  const { module } = slice;
  return (
    lookUp(slice.parameters, slice.path, name, output, t) ??
    (module === null ? null : lookUp(module.parameters, module.path, name, output, t)) ??
    lookUp(recipe.parameters, [], name, output, t)
  );
}

function lookUp(
  parameters: ParameterSet,
  owner: NodePath,
  name: string,
  tensor: FilterSubject,
  t: number,
): FoundParameter | null {
  const written = parameters.get(name);
  const value = written === undefined ? null : evaluateValue(written, tensor, t);
  return value === null ? null : { value, path: [...owner, 'parameters', name] };
}
