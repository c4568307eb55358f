import { expect, test } from 'vitest';
import { operandOf } from '../kernels/test-tensors.ts';
import type { PlannedTensor } from '../plan/types.ts';
import { Health } from './health.ts';
import { badTensorWords, EMPTY_HEALTH, healthLine, isHealthy } from './health-report.ts';

const INPUT = { file: '', start: 0, end: 0, parameters: {}, maskKey: [0, 0] } as const;

function tensorOf(name: string, elementCount: number, dtype: PlannedTensor['dtype'] = 'F32'): PlannedTensor {
  const shape = { shape: [elementCount], elementCount, sizeBytes: elementCount * 4, shard: 0, offset: 0 };
  const rest = { base: null, globalParameters: {}, readsTwice: false, wholeRows: null, program: 'method' };
  const inputs = [0, 1].map((model) => ({ ...INPUT, model, tensor: `${name}.in`, dtype }));
  return { name, dtype, ...shape, ...rest, inputs } as unknown as PlannedTensor;
}

/** Merges `name` from two inputs, in pieces of `step` elements, each seen twice. */
function examine(health: Health, name: string, values: readonly (readonly number[])[], step = 3): void {
  const [a = [], b = [], out = []] = values;
  const tensor = tensorOf(name, out.length);
  const exam = health.examOf(tensor);
  for (let first = 0; first < out.length; first += step) {
    const count = Math.min(step, out.length - first);
    const part = (list: readonly number[]) => operandOf('F32', list.slice(first, first + count));
    for (let turn = 0; turn < 2; turn++) {
      exam.seeInputs(first, count, [part(a), part(b)]);
      exam.seeOutput(first, count, part(out).bytes);
    }
    health.settle(tensor);
  }
}

test('sound tensors: norms against the parents, each element counted once', () => {
  const health = new Health(EMPTY_HEALTH, ['x/a', 'x/b']);
  examine(health, 'one', [
    [3, 4, 0, 0],
    [0, 0, 3, 4],
    [3, 0, 0, 4],
  ]);
  examine(health, 'two', [
    [1, 1, 1, 1],
    [1, 1, 1, 1],
    [0.5, 0.5, 0.5, 0.5],
  ]);
  expect(health.report).toMatchObject({
    examinedTensors: 2,
    badInputCount: 0,
    badOutputCount: 0,
    zeroTensorCount: 0,
    leastNorm: { tensor: 'two', ratio: 0.5 },
    mostNorm: { tensor: 'one', ratio: 1 },
  });
  expect(isHealthy(health.report)).toBe(true);
  expect(healthLine(health.report, 2)).toBe(
    "No NaN or infinity; no tensor is all zero; norms 0.50 to 1.00 times the parents' mean.",
  );
  expect(healthLine(health.report, 5)).toContain('2 of 5 tensors examined');
});

test('NaN and infinity are told with tensor and model, zeros by name', () => {
  const health = new Health(EMPTY_HEALTH, ['x/a', 'x/b']);
  examine(health, 'bad', [
    [1, Number.NaN, Number.NEGATIVE_INFINITY],
    [1, 2, 3],
    [1, Number.NaN, 0],
  ]);
  examine(health, 'gone', [
    [1, 2],
    [-1, -2],
    [0, -0],
  ]);
  const { report } = health;
  expect(report.badInputs).toEqual([{ tensor: 'bad.in', model: 'x/a', nanCount: 1, infiniteCount: 1 }]);
  expect(report.badOutputs).toEqual([{ tensor: 'bad', model: null, nanCount: 1, infiniteCount: 0 }]);
  expect(report.zeroTensors).toEqual(['gone']);
  expect(report.badInputs.map(badTensorWords)).toEqual(['1 NaN and 1 infinite in bad.in of x/a']);
  expect(isHealthy(report)).toBe(false);
  const line = healthLine(report, 2);
  expect(line).toContain('NaN or infinity in 1 tensor (1 NaN in bad)');
  expect(line).toContain('1 tensor all zero (gone)');
  expect(line).toContain('least in gone');
});

test('a tensor that was begun in an earlier visit is not judged by its rest', () => {
  const health = new Health(EMPTY_HEALTH, ['x/a', 'x/b']);
  const tensor = tensorOf('late', 8);
  health.examOf(tensor).seeOutput(4, 4, operandOf('F32', [0, 0, 0, 0]).bytes);
  health.settle(tensor);
  expect(health.report).toEqual(EMPTY_HEALTH);
});

test('integers are left out, and lists stay short', () => {
  const health = new Health(EMPTY_HEALTH, ['x/a', 'x/b']);
  const ids = tensorOf('ids', 2, 'I64');
  health.examOf(ids).seeOutput(0, 2, new Uint8Array(16));
  health.settle(ids);
  expect(health.report).toEqual(EMPTY_HEALTH);
  for (let n = 0; n < 30; n++) examine(health, `t${n}`, [[0], [0], [Number.NaN]]);
  expect(health.report).toMatchObject({ examinedTensors: 30, badOutputCount: 30 });
  expect(health.report.badOutputs).toHaveLength(20);
  // A tensor that is done again after a crash is the same tensor.
  examine(health, 't3', [[0], [0], [Number.NaN]]);
  expect(health.report.badOutputCount).toBe(30);
});
