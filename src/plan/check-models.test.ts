import { expect, test } from 'vitest';
import type { Checkpoint } from '../model/types.ts';
import { applyEdits } from '../recipe/apply-edits.ts';
import { check, tiny } from './checkpoints.test-helper.ts';

const TEXT = `merge_method: linear
parameters: { weight: 1 }
models:
  - model: a
  - model: b
`;
const B = tiny('b');
const QWEIGHT = 'model.layers.0.self_attn.q_proj.qweight';
const gptq = tiny('a', {
  tensors: {
    [QWEIGHT]: { shape: [1, 8], dtype: 'I32' },
    'model.layers.0.self_attn.q_proj.g_idx': { shape: [8], dtype: 'I32' },
  },
});

function problemOf(model: Checkpoint) {
  const { problems, plan } = check(TEXT, [model, B]);
  expect(plan).toBeNull();
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({ code: 'quantized-model', span: { line: 4, column: 12 } });
  return problems[0];
}

test('packed weights: the tensor that shows it, and the model that the card names', () => {
  const problem = problemOf({ ...gptq, card: { license: null, baseModels: ['maker/plain'] } });
  expect(problem?.message).toBe(
    `a is quantized (GPTQ): \`${QWEIGHT}\` belongs to weights that are codes with scales. Graft merges plain numbers; name the unquantized model instead, by its card \`maker/plain\`.`,
  );
  const [fix] = problem?.fixes ?? [];
  expect(applyEdits(TEXT, fix?.edits ?? [])).toBe(TEXT.replace('model: a', 'model: maker/plain'));
});

test('a card that names nothing', () => {
  const problem = problemOf(gptq);
  expect(problem?.message).toContain('name the unquantized model it was made from');
  expect(problem?.fixes).toEqual([]);
});

test('a config that says so of plain weights', () => {
  const config = { quantization_config: { quant_method: 'bitsandbytes', load_in_4bit: true } };
  const problem = problemOf(tiny('a', { config }));
  expect(problem?.message).toContain('config.json says that a is quantized (bitsandbytes)');
  expect(problem?.message).toContain('take `quantization_config` out of its config.json');
});
