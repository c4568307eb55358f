import { expect, test } from 'vitest';
import { nextProblem } from './shortcuts.ts';

const at = (line: number, column: number) =>
  ({
    severity: 'error',
    code: 'x',
    message: 'x',
    fixes: [],
    span: { start: 0, end: 0, line, column, endLine: line, endColumn: column },
  }) as const;

test('the next problem follows the place shown last and goes round', () => {
  const problems = [at(2, 1), at(2, 9), at(5, 1)];
  expect(nextProblem(problems, null)).toBe(problems[0]);
  expect(nextProblem(problems, { line: 2, column: 1 })).toBe(problems[1]);
  expect(nextProblem(problems, { line: 5, column: 1 })).toBe(problems[0]);
  expect(nextProblem([], null)).toBeNull();
});
