import { expect, test } from 'vitest';
import * as history_ from './history.ts';
import { EMPTY_HISTORY, type History, RENAMING, readHistory, TYPING } from './history.ts';

const draft = (text: string) => ({ text, name: 'mine' });
const record = (history: History, text: string, label: string, now: number) =>
  history_.record(history, draft(text), label, now);
const undo = (history: History, text: string) => history_.undo(history, draft(text));
const redo = (history: History, text: string) => history_.redo(history, draft(text));

test('typing without a pause is one step, and a pause begins the next', () => {
  let history = record(EMPTY_HISTORY, 'a', TYPING, 1000);
  history = record(history, 'ab', TYPING, 1500);
  history = record(history, 'abc', TYPING, 4000);
  expect(history.past.map((step) => step.text)).toEqual(['a', 'abc']);
});

test('a named edit is its own step between typed ones', () => {
  let history = record(EMPTY_HISTORY, 'a', TYPING, 0);
  history = record(history, 'ab', 'Add quill/add', 10);
  history = record(history, 'abc', TYPING, 20);
  expect(history.past.map((step) => step.label)).toEqual([TYPING, 'Add quill/add', TYPING]);
});

test('undo and redo walk back and forth and give the step its name', () => {
  const history = record(EMPTY_HISTORY, 'one', 'Rename', 0);
  const back = undo(history, 'two');
  expect(back).toMatchObject({ draft: { text: 'one' }, label: 'Rename' });
  const forth = back && redo(back.history, back.draft.text);
  expect(forth).toMatchObject({ draft: { text: 'two' }, label: 'Rename' });
  expect(forth && undo(forth.history, forth.draft.text)).toMatchObject({ draft: { text: 'one' } });
});

test('an edit after undo forgets what could be redone', () => {
  const back = undo(record(EMPTY_HISTORY, 'one', 'A', 0), 'two');
  const history = record(back?.history ?? EMPTY_HISTORY, 'one', 'B', 9000);
  expect(redo(history, 'three')).toBeNull();
});

test('typing after an undo does not join the step before it', () => {
  const typed = record(record(EMPTY_HISTORY, 'one', TYPING, 0), 'two', 'Format', 10);
  const back = undo(typed, 'three');
  const again = redo(back?.history ?? EMPTY_HISTORY, 'two');
  const history = record(again?.history ?? EMPTY_HISTORY, 'three', TYPING, 20);
  expect(history.past.map((step) => step.text)).toEqual(['one', 'two', 'three']);
});

test('the history is bounded in steps and in characters', () => {
  let history = EMPTY_HISTORY;
  for (let index = 0; index < 300; index++) history = record(history, `text ${index}`, 'Edit', index);
  expect(history.past).toHaveLength(200);
  expect(history.past.at(-1)?.text).toBe('text 299');
  for (let index = 0; index < 20; index++) history = record(history, 'x'.repeat(250_000), 'Edit', index);
  expect(history.past.length).toBeLessThan(10);
});

test('a stored history is read back, and anything else is refused', () => {
  const history = record(EMPTY_HISTORY, 'one', 'A', 5);
  expect(readHistory(structuredClone(history))).toEqual(history);
  expect(readHistory({ past: [{ label: 1 }], future: [] })).toBeNull();
  expect(readHistory('text')).toBeNull();
});

test('the name is part of a step, and a name typed letter by letter is one', () => {
  let history = history_.record(EMPTY_HISTORY, { text: 'one', name: '' }, RENAMING, 0);
  history = history_.record(history, { text: 'one', name: 'm' }, RENAMING, 100);
  expect(history_.undo(history, { text: 'one', name: 'my' })?.draft).toEqual({ text: 'one', name: '' });
  expect(history.past).toHaveLength(1);
});
