import { describe, expect, test } from 'vitest';
import { ELSEWHERE, METHODS, methodOf } from './registry.ts';

test('the methods have the names recipes use', () => {
  expect([...METHODS.keys()].sort()).toEqual([
    'arcee_fusion',
    'breadcrumbs',
    'breadcrumbs_ties',
    'dare_linear',
    'dare_ties',
    'della',
    'della_linear',
    'karcher',
    'linear',
    'magmax',
    'model_stock',
    'multislerp',
    'nearswap',
    'nuslerp',
    'passthrough',
    'ram',
    'ramplus_tl',
    'sce',
    'slerp',
    'task_arithmetic',
    'ties',
    'trimmed_mean',
  ]);
  expect(methodOf('ties')?.title).toBe('TIES');
  expect(methodOf('__proto__')).toBeNull();
  for (const [name, words] of ELSEWHERE) {
    expect(methodOf(name)).toBeNull();
    const named = [...words.matchAll(/`(\w+)`/g)].map(([, word]) => word ?? '');
    expect(named.filter((word) => ![name, 'base_model'].includes(word) && methodOf(word) === null)).toEqual(
      [],
    );
  }
});

describe.each([...METHODS.values()])('$name', (method) => {
  test('documents its formula, its paper and every parameter', () => {
    expect(method.documentation).toContain('`y = ');
    expect(method.paper?.url).toMatch(/^https:\/\//);
    expect(method.summary.endsWith('.')).toBe(true);
    for (const { name, description } of method.parameters) {
      expect(method.documentation, name).toContain(`\`${name}\``);
      expect(description.length, name).toBeGreaterThan(20);
    }
  });

  test('the documented defaults are the defaults', () => {
    for (const { name, type, default: value } of method.parameters) {
      const shown = new RegExp(`\`${name}\` \\((?:each model, )?default ([\\w.-]+)\\)`).exec(
        method.documentation,
      )?.[1];
      if (value === undefined)
        expect(method.documentation, name).toMatch(new RegExp(`\`${name}\` \\([^)]*required`));
      else if (value === null)
        expect(method.documentation, name).toMatch(new RegExp(`\`${name}\` \\([^)]*optional`));
      else expect(shown, name).toBe(type === 'boolean' ? String(value !== 0) : String(value));
    }
  });

  test('defaults lie in range', () => {
    for (const { name, default: value, minimum, maximum } of method.parameters) {
      if (typeof value !== 'number') continue;
      expect(value, name).toBeGreaterThanOrEqual(minimum ?? -Infinity);
      expect(value, name).toBeLessThanOrEqual(maximum ?? Infinity);
    }
  });
});

test('the sparse and sign-voting methods differ in the defaults mergekit gives them', () => {
  const defaults = (name: string): (number | null | undefined)[] =>
    ['normalize', 'rescale'].map(
      (parameter) => methodOf(name)?.parameters.find((each) => each.name === parameter)?.default,
    );
  expect(defaults('task_arithmetic')).toEqual([0, 0]);
  expect(defaults('ties')).toEqual([1, 0]);
  expect(defaults('dare_linear')).toEqual([0, 1]);
  expect(defaults('dare_ties')).toEqual([0, 1]);
  expect(defaults('breadcrumbs')).toEqual([0, 0]);
  expect(defaults('breadcrumbs_ties')).toEqual([0, 0]);
  expect(defaults('della')).toEqual([1, 1]);
  expect(defaults('della_linear')).toEqual([0, 1]);
});
