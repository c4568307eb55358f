import { expect, test } from 'vitest';
import { isGraftError } from '../base/errors.ts';
import { Budget } from './budget.ts';

/** Whether a promise has settled after the microtasks in the queue. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  const mark = () => {
    done = true;
  };
  promise.then(mark, mark);
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  return done;
}

test('never hands out more than the ceiling, and remembers the peak', async () => {
  const budget = new Budget(100);
  const first = await budget.claim(60);
  const second = budget.claim(60);
  expect(await settled(second)).toBe(false);
  expect(budget.inFlightBytes).toBe(60);
  first.release();
  (await second).release();
  expect(budget.inFlightBytes).toBe(0);
  expect(budget.peakBytes).toBe(60);
});

test('a small claim does not overtake a large one that waits', async () => {
  const budget = new Budget(100);
  const first = await budget.claim(50);
  const large = budget.claim(80);
  const small = budget.claim(10);
  expect(await settled(small)).toBe(false);
  first.release();
  expect(await settled(large)).toBe(true);
  expect(await settled(small)).toBe(true);
});

test('parts can be given back one by one, and never more than was claimed', async () => {
  const budget = new Budget(100);
  const claim = await budget.claim(100);
  const next = budget.claim(30);
  claim.release(20);
  expect(await settled(next)).toBe(false);
  claim.release(20);
  expect(await settled(next)).toBe(true);
  claim.release();
  claim.release();
  expect(budget.inFlightBytes).toBe(30);
});

test('a waiting claim leaves the queue when its signal aborts', async () => {
  const budget = new Budget(100);
  const held = await budget.claim(100);
  const control = new AbortController();
  const waiting = budget.claim(100, control.signal);
  const behind = budget.claim(1);
  control.abort(new Error('stop'));
  await expect(waiting).rejects.toThrow('stop');
  held.release();
  expect(await settled(behind)).toBe(true);
});

test('a claim that can never fit is refused at once', async () => {
  const error = await new Budget(10).claim(11).catch((reason: unknown) => reason);
  expect(isGraftError(error, 'CannotMerge')).toBe(true);
});
