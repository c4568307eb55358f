import { expect, test } from 'vitest';
import { NEW_RUN } from '../../store/testing/fake-engine.ts';
import { amountLine, runAnnouncement, runLine, runPercent, stopReason, timeLeft } from './run-words.ts';

test('a run is only at 100 percent when it is done', () => {
  const all = { ...NEW_RUN, fetchedBytes: 100, writtenBytes: 40 };
  expect(runPercent(all)).toBe(99);
  expect(runPercent({ ...all, state: 'done' })).toBe(100);
  expect(runLine({ ...NEW_RUN, fetchedBytes: 70 })).toBe('Running, 50 %');
});

test('amounts carry a rate only while something moves', () => {
  expect(amountLine(17_600_000_000, 43_400_000_000, 61e6)).toBe('17.6 GB of 43.4 GB · 61.0 MB/s');
  expect(amountLine(0, 10, 0)).toBe('0 B of 10 B');
});

test('time left is told when it is known', () => {
  expect(timeLeft(NEW_RUN)).toBe('measuring');
  expect(timeLeft({ ...NEW_RUN, secondsLeft: 422 })).toBe('7 min 02 s');
  expect(timeLeft({ ...NEW_RUN, state: 'paused', secondsLeft: 422 })).toBe('—');
});

test('a run that stands still says why and what to do', () => {
  const error = { tag: 'StorageFull', message: 'The disk is full.', fix: 'Free 3 GB.' } as const;
  expect(stopReason({ ...NEW_RUN, state: 'paused', error })).toEqual({
    tone: 'warn',
    text: 'Paused. The disk is full. Free 3 GB.',
  });
  expect(stopReason({ ...NEW_RUN, state: 'interrupted' })?.text).toContain('Resume');
  expect(stopReason(NEW_RUN)).toBeNull();
  expect(stopReason({ ...NEW_RUN, waitsForNetwork: true })?.text).toContain('No network');
});

test('a screen reader hears starts, ends and every tenth', () => {
  expect(runAnnouncement(undefined, NEW_RUN)).toBe('demo: started.');
  const some = { ...NEW_RUN, fetchedBytes: 27, secondsLeft: 60 };
  expect(runAnnouncement(NEW_RUN, some)).toBe('demo: 10 percent, 1 min 00 s left.');
  expect(runAnnouncement(some, { ...some, fetchedBytes: 27.5 })).toBeNull();
  const waiting = { ...some, waitsForNetwork: true };
  expect(runAnnouncement(some, waiting)).toBe('demo: no network, waiting.');
  expect(runAnnouncement(waiting, some)).toBe('demo: going on.');
  expect(runAnnouncement(some, { ...some, state: 'done' })).toBe('demo: done.');
});
