import { describe, expect, test } from 'vitest';
import { check, skeleton, tiny } from './checkpoints.test-helper.ts';
import { costOf, NOMINAL_ENGINE } from './cost.ts';
import type { MergePlan } from './types.ts';
import { planUnits } from './units.ts';
import { piecesOf, requestsOf, type Unit, unitFetchBytes } from './work.ts';

const MIB = 1024 * 1024;

function planOf(...args: Parameters<typeof check>): MergePlan {
  const { plan, problems } = check(...args);
  if (plan === null) throw new Error(problems.map(({ message }) => message).join('\n'));
  return plan;
}

const LINEAR = `merge_method: linear
models:
  - { model: a, parameters: { weight: 1 } }
  - { model: b, parameters: { weight: 1 } }
`;
const TIES = `merge_method: ties
base_model: base
models:
  - { model: a, parameters: { weight: 1, density: 0.5 } }
  - { model: b, parameters: { weight: 1, density: 0.5 } }
dtype: float16
`;

function fetched(units: readonly Unit[]): number {
  return units.reduce((sum, unit) => sum + unitFetchBytes(unit), 0);
}

test('finished tensors belong to no unit, and are not fetched', () => {
  const plan = planOf(LINEAR, [tiny('a'), tiny('b')]);
  const finished = new Set(plan.tensors.slice(2, 5));
  const units = planUnits(plan, {
    budgetBytes: 512 * MIB,
    engine: NOMINAL_ENGINE,
    isFinished: (tensor) => finished.has(tensor),
  });
  const merged = units.flatMap(piecesOf).map(({ tensor }) => tensor);
  expect(merged).toEqual(plan.tensors.flatMap((tensor, index) => (finished.has(tensor) ? [] : [index])));
  const savedBytes = [...finished]
    .flatMap(({ inputs }) => inputs)
    .reduce((sum, { start, end }) => sum + end - start, 0);
  expect(fetched(units)).toBe(plan.totals.fetchBytes - savedBytes);
});

describe('ranges', () => {
  test('small models are one unit with one range per file', () => {
    const plan = planOf(LINEAR, [tiny('a'), tiny('b')]);
    const units = planUnits(plan, { budgetBytes: 512 * MIB, engine: NOMINAL_ENGINE });
    const end = tiny('a').weightFiles[0]?.sizeBytes;
    expect(units).toMatchObject([
      {
        kind: 'whole',
        ranges: [
          { model: 0, file: 'model.safetensors', start: 1000, end },
          { model: 1, file: 'model.safetensors', start: 1000, end },
        ],
      },
    ]);
    expect(units[0]?.costBytes).toBeGreaterThan(3 * plan.totals.writeBytes);
  });

  test('a gap of unread bytes is not fetched', () => {
    const text = `merge_method: passthrough
slices:
  - sources: [{ model: a, layer_range: [0, 1] }]
  - sources: [{ model: a, layer_range: [3, 4] }]
`;
    const [unit] = planUnits(planOf(text, [tiny('a')]), { budgetBytes: 512 * MIB, engine: NOMINAL_ENGINE });
    expect(unit).toMatchObject({ kind: 'whole', ranges: [{ start: 1000 }, { model: 0 }] });
  });

  test('long ranges are asked for in parts', () => {
    const range = { model: 0, file: 'f', start: 5, end: 75 };
    expect(requestsOf(range, 32).map(({ start, end }) => [start, end])).toEqual([
      [5, 37],
      [37, 69],
      [69, 75],
    ]);
  });

  test('a repeated layer is fetched once', () => {
    const text = `merge_method: passthrough
slices:
  - sources: [{ model: a, layer_range: [0, 3] }]
  - sources: [{ model: a, layer_range: [1, 4] }]
`;
    const model = tiny('a');
    const plan = planOf(text, [model]);
    expect(plan.totals.layerCount).toBe(6);
    expect(plan.totals.fetchBytes).toBe((model.weightFiles[0]?.sizeBytes ?? 0) - 1000);
    expect(fetched(planUnits(plan, { budgetBytes: 512 * MIB, engine: NOMINAL_ENGINE }))).toBe(
      plan.totals.fetchBytes,
    );
  });
});

describe('three times 7 B', () => {
  const models = ['a', 'b', 'base'].map((ref) => skeleton('mistral-7b-v0.1', ref));
  const plan = planOf(TIES, models);

  test.each([64, 128, 512, 2048])('fits %d MiB', (mebibytes) => {
    const budgetBytes = mebibytes * MIB;
    const units = planUnits(plan, { budgetBytes, engine: NOMINAL_ENGINE });
    expect(Math.max(...units.map(({ costBytes }) => costBytes))).toBeLessThanOrEqual(budgetBytes);
    expect(fetched(units)).toBe(plan.totals.fetchBytes);
    expect(plan.totals.fetchBytes).toBe(3 * 14_483_464_192);
  });

  test('with 512 MiB the layers stay in the engine and the embeddings go through the scratch file', () => {
    const units = planUnits(plan, { budgetBytes: 512 * MIB, engine: NOMINAL_ENGINE });
    const kindOf = (name: string) =>
      units.find((unit) =>
        ('tiles' in unit ? unit.tiles : [unit]).some((step) =>
          step.pieces.some((piece) => plan.tensors[piece.tensor]?.name === name),
        ),
      )?.kind;
    expect(kindOf('model.layers.0.input_layernorm.weight')).toBe('whole');
    expect(kindOf('model.layers.0.self_attn.q_proj.weight')).toBe('resident');
    expect(kindOf('model.layers.0.mlp.up_proj.weight')).toBe('resident');
    expect(kindOf('model.embed_tokens.weight')).toBe('spooled');
    expect(costOf(plan, 512 * MIB)).toMatchObject({
      memoryBytes: 512 * MIB,
      spoolBytes: 3 * 32000 * 4096 * 2,
      layerCount: 32,
      parameterCount: 7_241_732_096,
      tensorCount: 291,
    });
  });

  test('with room for all, nothing is spooled', () => {
    expect(costOf(plan, 4096 * MIB).spoolBytes).toBe(0);
  });

  test('what is read once is tiled', () => {
    const linear = planOf(LINEAR, models);
    const kinds = planUnits(linear, { budgetBytes: 512 * MIB, engine: NOMINAL_ENGINE }).map(
      ({ kind }) => kind,
    );
    expect(new Set(kinds)).toEqual(new Set(['whole', 'tile']));
    expect(costOf(linear, 512 * MIB).spoolBytes).toBe(0);
  });
});

test('a ceiling below a single block of all operands is refused in words', () => {
  const plan = planOf(LINEAR, [tiny('a', { vocabulary: 4096 }), tiny('b', { vocabulary: 4096 })]);
  expect(() => planUnits(plan, { budgetBytes: 10_000, engine: NOMINAL_ENGINE })).toThrow(/memory ceiling/);
});

describe('rows that stay whole', () => {
  const DELLA = TIES.replace('ties', 'della').replaceAll('density: 0.5', 'density: 0.5, epsilon: 0.1');

  test('a tensor whose smallest tile of whole rows exceeds the ceiling is refused in words', () => {
    const plan = planOf(
      DELLA,
      ['a', 'b', 'base'].map((ref) => tiny(ref, { vocabulary: 4096 })),
    );
    const odd = { ...plan, tensors: plan.tensors.map((tensor) => ({ ...tensor, wholeRows: 4093 })) };
    expect(() => planUnits(odd, { budgetBytes: 100_000, engine: NOMINAL_ENGINE })).toThrow(
      /whole rows of 4093 elements .* memory ceiling/,
    );
  });

  test('the plan carries them where the method ranks rows', () => {
    const plan = planOf(
      DELLA,
      ['a', 'b', 'base'].map((ref) => tiny(ref)),
    );
    for (const { wholeRows, shape } of plan.tensors) expect(wholeRows).toBe(shape.at(-1));
    const ties = planOf(
      TIES,
      ['a', 'b', 'base'].map((ref) => tiny(ref)),
    );
    for (const { wholeRows } of ties.tensors) expect(wholeRows).toBeNull();
  });
});
