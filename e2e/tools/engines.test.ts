import { expect, test } from 'vitest';
import { enginesOf } from './engines.ts';

test('a misspelt engine is refused, not taken for another', () => {
  expect(enginesOf('gpu,cpu')).toEqual(['gpu', 'cpu']);
  expect(() => enginesOf('cpu,gup')).toThrow('"gup" is none');
});
