import { expect, test } from 'vitest';
import { recipeJsonSchema } from './schema.ts';

interface Node {
  readonly [key: string]: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
}

const METHODS = [
  {
    name: 'linear',
    title: 'Linear',
    summary: 'Weighted average.',
    parameters: [
      { name: 'weight', scope: 'model', description: 'Share of `this` model.' },
      { name: 'normalize', scope: 'global', description: 'Divide by the sum.', default: 1 },
    ],
  },
  {
    name: 'ties',
    title: 'TIES',
    summary: 'Trim, elect, merge.',
    parameters: [
      { name: 'weight', scope: 'model', description: 'Share of `this` model.' },
      { name: 'density', scope: 'model', description: 'Share kept.', minimum: 0, maximum: 1, default: 1 },
    ],
  },
] as const;

const root = recipeJsonSchema(METHODS) as Node;

function everyKey(node: Node, path = ''): [string, Node][] {
  const inner = Object.entries(node).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null ? everyKey(value as Node, `${path}/${name}`) : [],
  );
  const own = Object.entries(node.properties ?? {}).map(([name, key]): [string, Node] => [
    `${path}/${name}`,
    key,
  ]);
  return [...own, ...inner];
}

test('every key has help with an example', () => {
  const keys = everyKey(root);
  expect(keys.length).toBeGreaterThan(30);
  for (const [path, key] of keys) {
    expect(key.description, path).toMatch(/\w{3}/);
    expect(key.markdownDescription, path).toMatch(/\w{3}/);
  }
  expect(root.properties?.seed).toMatchObject({
    markdownDescription: expect.stringMatching(/Default: 0\.[\s\S]*seed: 42/),
  });
});

test('methods are an enum with descriptions', () => {
  expect(root.properties?.merge_method).toMatchObject({
    enum: ['linear', 'ties'],
    enumDescriptions: ['Linear: Weighted average.', 'TIES: Trim, elect, merge.'],
  });
});

test('parameters are offered where they can be set', () => {
  const parametersOf = (node: Node | undefined) => node?.properties?.parameters?.properties ?? {};
  const slice = root.properties?.slices?.items;
  expect(Object.keys(parametersOf(root))).toEqual(['weight', 'normalize', 'density']);
  expect(Object.keys(parametersOf(slice))).toEqual(['weight', 'normalize', 'density']);
  expect(Object.keys(parametersOf(root.properties?.models?.items))).toEqual(['weight', 'density']);
  expect(Object.keys(parametersOf(slice?.properties?.sources?.items))).toEqual(['weight', 'density']);
  expect(parametersOf(root).density?.markdownDescription).toBe(
    '`density`\n\n**ties**: Share kept. From 0 to 1. Default: 1.',
  );
  expect(parametersOf(root).weight?.description).toBe('linear, ties: Share of this model. Required.');
});
