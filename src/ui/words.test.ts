import { expect, test } from 'vitest';
import { CPU_ONLY } from '../store/testing/fake-engine.ts';
import { engineInUse, engineLine, engineName, modelRemedy, percent } from './words.ts';

test('the engine in use is the forced one, else the chosen one', () => {
  expect(engineInUse(CPU_ONLY, 'auto')?.kind).toBe('cpu');
  expect(engineInUse(CPU_ONLY, 'gpu')?.kind).toBe('gpu');
  expect(engineInUse(null, 'auto')).toBeNull();
});

test('an engine is named with its device unless that says nothing more', () => {
  expect(engineName('gpu', 'Apple M3')).toBe('WebGPU · Apple M3');
  expect(engineName('cpu', 'CPU')).toBe('CPU');
});

test('an engine that is not there says why', () => {
  const [gpu, cpu] = CPU_ONLY.engines;
  expect(gpu && engineLine(gpu)).toBe('not available · This browser offers no WebGPU adapter.');
  expect(cpu && engineLine(cpu)).toBe('8 cores · 310 M elements/s');
});

test('a model that did not open offers what helps', () => {
  expect(modelRemedy({ tag: 'ModelGated', message: '' })).toBe('request-access');
  expect(modelRemedy({ tag: 'PermissionNeeded', message: '' })).toBe('grant');
  expect(modelRemedy({ tag: 'InvalidFile', message: '' })).toBe('none');
});

test('a hundred percent is only said at the end', () => {
  expect(percent(999, 1000)).toBe(99);
  expect(percent(1000, 1000)).toBe(100);
  expect(percent(0, 0)).toBe(0);
});
