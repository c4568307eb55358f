import { expect, test } from 'vitest';
import { Meter } from './meter.ts';

function clock() {
  let now = 0;
  return {
    now: () => now,
    advance(ms: number) {
      now += ms;
    },
  };
}

test('rates and time left follow the bytes of the last seconds', () => {
  const { now, advance } = clock();
  const meter = new Meter({ fetchBytes: 1000, writeBytes: 500 }, now);
  meter.setActive(true);
  expect(meter.rates().secondsLeft).toBeNull();
  for (let second = 0; second < 5; second++) {
    advance(1000);
    meter.fetchedBytes += 100;
    meter.writtenBytes += 50;
    meter.rates();
  }
  const rates = meter.rates();
  expect(rates.fetchBytesPerSecond).toBeCloseTo(100);
  expect(rates.writeBytesPerSecond).toBeCloseTo(50);
  expect(rates.secondsLeft).toBeCloseTo(5);
});

test('a pause counts neither as time nor against the rate', () => {
  const { now, advance } = clock();
  const meter = new Meter({ fetchBytes: 1000, writeBytes: 0 }, now);
  meter.setActive(true);
  advance(2000);
  meter.setActive(false);
  advance(60_000);
  meter.setActive(true);
  expect(meter.activeSeconds).toBe(2);
  meter.rates();
  advance(1000);
  meter.fetchedBytes = 250;
  expect(meter.rates().fetchBytesPerSecond).toBeCloseTo(250);
  expect(meter.activeSeconds).toBe(3);
});

test('nothing to do takes no time, and no progress cannot be told', () => {
  const { now, advance } = clock();
  const meter = new Meter({ fetchBytes: 0, writeBytes: 0 }, now);
  meter.setActive(true);
  meter.rates();
  advance(1000);
  expect(meter.rates().secondsLeft).toBe(0);
  const stuck = new Meter({ fetchBytes: 10, writeBytes: 10 }, now);
  stuck.setActive(true);
  stuck.rates();
  advance(1000);
  expect(stuck.rates().secondsLeft).toBeNull();
});

test('what was done on an earlier visit is no rate', () => {
  const { now, advance } = clock();
  const meter = new Meter({ fetchBytes: 10_000, writeBytes: 10_000 }, now);
  meter.setActive(true);
  meter.rates();
  advance(1000);
  meter.fetchedBytes += 5000;
  meter.forgetRates();
  meter.rates();
  advance(1000);
  meter.fetchedBytes += 100;
  expect(meter.rates().fetchBytesPerSecond).toBeCloseTo(100);
});
