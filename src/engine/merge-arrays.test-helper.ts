/** Merges plain arrays as one tensor on the CPU engine, in tiles of a given size. */

import type { MethodDefinition, TensorInputs } from '../methods/types.ts';
import { smallKernels } from './small-kernels.test-helper.ts';
import { finalPass, tensorMath } from './tensor-math.ts';
import { tensorTiles } from './tiles.ts';

export interface ArrayMerge {
  readonly method: MethodDefinition;
  /** F32 operands of one length. */
  readonly operands: readonly Float32Array[];
  readonly base: number | null;
  readonly shape: readonly number[];
  /** Values of the method's parameters, for all models alike; defaults where absent. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** A multiple of 4096 and of the method's whole rows; all elements when absent. */
  readonly tileElements?: number;
  /** First word of every operand's mask key. */
  readonly key?: number;
}

export function inputsOf({
  method,
  operands,
  base,
  shape,
  parameters = {},
  key = 5,
}: ArrayMerge): TensorInputs {
  const valuesOf = (scope: 'model' | 'global'): Record<string, number | null> => {
    const values: Record<string, number | null> = {};
    for (const parameter of method.parameters) {
      if (parameter.scope === scope)
        values[parameter.name] = parameters[parameter.name] ?? parameter.default ?? null;
    }
    return values;
  };
  return {
    base,
    operandCount: operands.length,
    modelParameters: operands.map(() => valuesOf('model')),
    globalParameters: valuesOf('global'),
    elementCount: operands[0]?.length ?? 0,
    shape,
    maskKeys: operands.map((_, index) => [key, index] as const),
    tensorName: 'model.layers.0.mlp.up_proj.weight',
  };
}

export async function mergeArrays(merge: ArrayMerge): Promise<Float32Array> {
  const { method, operands } = merge;
  const inputs = inputsOf(merge);
  const { elementCount } = inputs;
  const { tileElements = elementCount } = merge;
  const kernels = smallKernels(tileElements);
  const feeds = Array.from({ length: Math.ceil(elementCount / tileElements) }, (_, at) => {
    const firstIndex = at * tileElements;
    const end = Math.min(elementCount, firstIndex + tileElements);
    return {
      firstIndex,
      elementCount: end - firstIndex,
      operands: async () =>
        operands.map((values) => {
          const part = values.slice(firstIndex, end);
          return { dtype: 'F32' as const, bytes: new Uint8Array(part.buffer) };
        }),
      drop: () => undefined,
      done: () => undefined,
    };
  });
  const dtypes = operands.map(() => 'F32' as const);
  const tiles = tensorTiles(kernels, dtypes, feeds, true);
  const merged = new Uint8Array(elementCount * 4);
  try {
    const pass = await method.merge(tensorMath(kernels, tiles), inputs);
    await finalPass(kernels, tiles, pass, 'F32', async (first, bytes) => merged.set(bytes, first * 4));
  } finally {
    tiles.release();
    kernels.dispose();
  }
  return new Float32Array(merged.buffer);
}
