import { describe, expect, test } from 'vitest';
import { check, LINEAR, skeleton, TIES } from './checkpoints.test-helper.ts';

describe('published checkpoints fit themselves', () => {
  test.each([
    'gemma-2-9b',
    'gpt2',
    'llama-3-8b',
    'mistral-7b-v0.1',
    'mixtral-8x7b-v0.1',
    'phi-3-mini-4k',
    'qwen2.5-0.5b',
    'qwen2.5-7b',
    'qwen3-8b',
    'llama-3-70b',
  ])('%s', (name) => {
    const models = [skeleton(name, 'a'), skeleton(name, 'b'), skeleton(name, 'c')];
    const { plan, problems } = check(TIES, models);
    expect(problems).toEqual([]);
    expect(plan?.tensors.map((tensor) => tensor.name)).toEqual([...(models[0]?.tensors.keys() ?? [])]);
    expect(plan?.tensors.every(({ inputs, base }) => inputs.length === 3 && base === 2)).toBe(true);
  });
});

test('relatives with unequal vocabularies are told apart in numbers', () => {
  const text = LINEAR;
  const { problems } = check(text, [skeleton('mistral-7b-v0.1', 'a'), skeleton('llama-3-8b', 'b')]);
  expect(problems.map(({ code }) => code)).toContain('different-vocabularies');
  expect(problems.map(({ message }) => message).join('\n')).toMatch(/128256.*32000/);
});
