import { expect, test } from 'vitest';
import { completionsAt, hoverAt, type JsonSchema } from './schema-walk.ts';

const value: JsonSchema = { anyOf: [{ type: 'number' }, { type: 'array', items: { type: 'number' } }] };

const SCHEMA: JsonSchema = {
  type: 'object',
  required: ['merge_method'],
  properties: {
    merge_method: {
      markdownDescription: 'How to merge.',
      oneOf: [
        { const: 'ties', markdownDescription: '**TIES**' },
        { const: 'slerp', markdownDescription: '**SLERP**' },
      ],
    },
    dtype: {
      description: 'Computed in.',
      enum: ['float32', 'bfloat16'],
      enumDescriptions: ['exact', 'short'],
    },
    models: { type: 'array', description: 'What to merge.', items: { $ref: '#/$defs/model' } },
    parameters: {
      type: 'object',
      properties: { lambda: { ...value, default: 1 } },
      additionalProperties: value,
    },
  },
  $defs: {
    model: {
      type: 'object',
      required: ['model'],
      properties: {
        model: { type: 'string' },
        parameters: { type: 'object', properties: { density: { ...value, description: 'Kept.' } } },
      },
    },
  },
};

function completions(marked: string) {
  return completionsAt(SCHEMA, marked.replace('|', ''), marked.indexOf('|'));
}

const labels = (marked: string) => completions(marked).map((each) => each.label);

function hover(marked: string) {
  return hoverAt(SCHEMA, marked.replace('|', ''), marked.indexOf('|'));
}

test('root keys that are not there yet, with what comes after the colon', () => {
  const found = completions('merge_method: ties\n|\ndtype: float32\n');
  expect(found.map((each) => each.insert)).toEqual(['models:\n  - ', 'parameters:\n  ']);
  expect(completions('|')[0]).toMatchObject({
    label: 'merge_method',
    required: true,
    documentation: 'How to merge.',
  });
});

test('values of an enumeration and of alternatives, with their words', () => {
  expect(labels('merge_method: |')).toEqual(['ties', 'slerp']);
  expect(completions('dtype: fl|')).toMatchObject([
    { label: 'float32', documentation: 'exact', start: 7, end: 9 },
    { label: 'bfloat16' },
  ]);
});

test('a reference is followed into entries', () => {
  expect(labels('models:\n  - |')).toEqual(['model', 'parameters']);
  expect(labels('models:\n  - model: a/b\n    |')).toEqual(['parameters']);
});

test('a default is offered as a value', () => {
  expect(labels('merge_method: ties\nparameters:\n  lambda: |')).toEqual(['1']);
});

test('nothing is offered in comments, in brackets and for names from the prototype', () => {
  expect(labels('# |')).toEqual([]);
  expect(labels('models: [|')).toEqual([]);
  expect(labels('constructor: |')).toEqual([]);
});

test('hover speaks of the key under the pointer', () => {
  expect(hover('merge_m|ethod: ties\n')).toEqual({ documentation: 'How to merge.', start: 0, end: 12 });
  expect(
    hover('merge_method: ties\nmodels:\n  - model: a/b\n    parameters:\n      den|sity: [0, 1]\n'),
  ).toMatchObject({
    documentation: 'Kept.',
  });
});

test('hover speaks of the chosen value', () => {
  expect(hover('merge_method: ti|es # best\n')).toEqual({ documentation: '**TIES**', start: 14, end: 18 });
  expect(hover('dtype: "bf|loat16"\n')).toMatchObject({ documentation: 'short' });
});

test('hover is silent where nothing is known', () => {
  expect(hover('unknown_|key: 1\n')).toBeNull();
  expect(hover('merge_method: not_a|_method\n')).toBeNull();
  expect(hover('just tex|t\n')).toBeNull();
});

test('a schema that refers to itself ends', () => {
  const circular: JsonSchema = {
    $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }, { enum: ['x'] }] } },
    properties: { k: { $ref: '#/$defs/a' } },
  };
  expect(completionsAt(circular, 'k: ', 3).map((each) => each.label)).toEqual(['x']);
});
