import { expect, test } from 'vitest';
import type { Dtype } from '../base/dtype.ts';
import { check, tiny } from './checkpoints.test-helper.ts';
import type { MergePlan } from './types.ts';

const NAME = 'model.layers.0.self_attn.q_proj.weight';

function planOf(text: string, dtype: Dtype): MergePlan {
  const { plan, problems } = check(text, [tiny('a', { dtype }), tiny('b')]);
  if (plan === null) throw new Error(JSON.stringify(problems));
  return plan;
}

function fileOf(plan: MergePlan, path: string): string {
  const content = plan.sideFiles.find((file) => file.path === path)?.content;
  return content?.kind === 'text' ? content.text : '';
}

const LINEAR = 'merge_method: linear\nparameters: { weight: 1 }\nmodels: [{ model: a }, { model: b }]\n';
const COPY = 'merge_method: passthrough\nmodels: [{ model: a }]\n';

test.each([
  [LINEAR, 'F64', 'F32', 'method'],
  [LINEAR, 'F8_E4M3', 'F8_E4M3', 'method'],
  [LINEAR, 'F8_E5M2FNUZ', 'BF16', 'method'],
  [`${LINEAR}dtype: float8_e5m2\n`, 'BF16', 'F8_E5M2', 'method'],
  [`${LINEAR}dtype: float32\nout_dtype: torch.float8_e4m3fn\n`, 'F64', 'F8_E4M3', 'method'],
  [COPY, 'F64', 'F64', 'copy'],
  [COPY, 'F8_E4M3FNUZ', 'F8_E4M3FNUZ', 'copy'],
  [`${COPY}dtype: bfloat16\n`, 'F64', 'BF16', 'copy'],
  ['merge_method: passthrough\nmodels: [{ model: a, parameters: { scale: 2 } }]\n', 'F64', 'F32', 'method'],
] as const)('%s of %s is written as %s', (text, stored, written, program) => {
  const plan = planOf(text, stored);
  const tensor = plan.tensors.find(({ name }) => name === NAME);
  expect(tensor).toMatchObject({ dtype: written, program });
  const header = new TextDecoder().decode(plan.shards[0]?.headerBytes);
  expect(header).toContain(`"${NAME}":{"dtype":"${written}","shape":[8,8]`);
});

test('a float8 output is one byte an element, and its config names the dtype it is computed in', () => {
  const plan = planOf(`${LINEAR}out_dtype: float8_e4m3fn\n`, 'F32');
  expect(plan.totals.writeBytes).toBe(plan.totals.parameterCount);
  expect(JSON.parse(fileOf(plan, 'config.json')).torch_dtype).toBe('bfloat16');
  expect(fileOf(plan, 'README.md')).toContain('stored as float8_e4m3fn without scales');
});

test('other outputs say nothing of float8', () => {
  expect(fileOf(planOf(LINEAR, 'F32'), 'README.md')).not.toContain('float8');
});
