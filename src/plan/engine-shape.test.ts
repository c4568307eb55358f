import { expect, test } from 'vitest';
import { check, tiny } from './checkpoints.test-helper.ts';
import { type EngineShape, keptTileBytes, wholeEngineBytes } from './engine-shape.ts';
import type { PlannedTensor } from './types.ts';

/** Tiles of one block, which cost a byte for each element of an operand. */
const ENGINE: EngineShape = {
  maxTileElements: () => 4096,
  residentBytes: (dtypes, elementCount) => dtypes.length * elementCount,
};

/** A tensor of the plan of `text`, made as large as three and a half tiles. */
function tensorOf(text: string): PlannedTensor {
  const { plan } = check(text, [tiny('a'), tiny('b'), tiny('base')]);
  const [tensor] = plan?.tensors ?? [];
  if (tensor === undefined) throw new Error('no tensor');
  return { ...tensor, elementCount: 3.5 * 4096 };
}

const MODELS = `models:
  - { model: a, parameters: { weight: 1 } }
  - { model: b, parameters: { weight: 1 } }
`;

test('two tiles of a tensor are at work at a time', () => {
  const linear = tensorOf(`merge_method: linear\ndtype: float16\n${MODELS}`);
  expect(wholeEngineBytes(linear, ENGINE)).toBe(2 * 2 * 4096);
});

test('what stays between passes is the operands and a bit of a mask for each element of them', () => {
  const dare = tensorOf(`merge_method: dare_linear
base_model: base
parameters: { density: 0.5, rescale: true }
dtype: float16
${MODELS}`);
  expect(dare).toMatchObject({
    readsTwice: true,
    inputs: [{ dtype: 'BF16' }, { dtype: 'BF16' }, { dtype: 'BF16' }],
  });
  expect(keptTileBytes(dare, 4096)).toBe(4096 * (3 * 2 + 3 / 8));
  expect(wholeEngineBytes(dare, ENGINE)).toBe(2 * 3 * 4096 + 1.5 * keptTileBytes(dare, 4096));
});
