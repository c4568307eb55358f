import { expect, test, vi } from 'vitest';
import { GraftError, isGraftError } from '../base/errors.ts';
import { RunControl } from './control.ts';

test('work waits while paused and goes on after', async () => {
  const changes = vi.fn();
  const control = new RunControl(changes);
  control.pause();
  const passed = vi.fn();
  const waiting = control.pass().then(passed);
  await Promise.resolve();
  expect(passed).not.toHaveBeenCalled();
  control.resume();
  await waiting;
  expect(changes).toHaveBeenCalledTimes(2);
});

test('cancelling frees what is paused, as a typed error', async () => {
  const control = new RunControl(() => undefined);
  control.pause();
  const waiting = control.pass().catch((error: unknown) => error);
  control.cancel();
  expect(isGraftError(await waiting, 'Cancelled')).toBe(true);
});

test('a full disk pauses with its reason, and the same step is done again after resuming', async () => {
  const control = new RunControl(() => undefined);
  const full = new GraftError('StorageFull', 'No room left.');
  const step = vi.fn().mockRejectedValueOnce(full).mockResolvedValueOnce('written');
  const stored = control.untilStored(step);
  await vi.waitFor(() => expect(control.paused).toBe(true));
  expect(control.reason).toBe(full);
  control.resume();
  expect(await stored).toBe('written');
  expect(control.reason).toBeNull();
  expect(step).toHaveBeenCalledTimes(2);
});

test('other failures are not retried', async () => {
  const control = new RunControl(() => undefined);
  const broken = new GraftError('StorageCorrupt', 'bad');
  await expect(control.untilStored(() => Promise.reject(broken))).rejects.toBe(broken);
  expect(control.paused).toBe(false);
});
