import { expect, test } from 'vitest';
import { smallestEdit } from './smallest-edit.ts';

function applied(from: string, to: string): string {
  const edit = smallestEdit(from, to);
  return edit === null ? from : from.slice(0, edit.start) + edit.text + from.slice(edit.end);
}

test.each([
  ['', 'abc'],
  ['abc', ''],
  ['aaa', 'aa'],
  ['aXb', 'aYYb'],
  ['one\ntwo\nthree', 'one\n2\nthree'],
  ['x😀y', 'x😁y'],
])('%j becomes %j', (from, to) => {
  expect(applied(from, to)).toBe(to);
});

test('only what differs is replaced', () => {
  expect(smallestEdit('weight: 0.5\n', 'weight: 0.7\n')).toEqual({ start: 10, end: 11, text: '7' });
  expect(smallestEdit('same', 'same')).toBeNull();
});

test('a surrogate pair is replaced whole', () => {
  expect(smallestEdit('😀', '😁')).toEqual({ start: 0, end: 2, text: '😁' });
});
