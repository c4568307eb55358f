import { expect, test } from 'vitest';
import {
  configDtypeName,
  DTYPE_BITS,
  dtypeBytes,
  INPUT_DTYPES,
  isInputDtype,
  isMergeDtype,
  isOutputDtype,
  kernelDtypeOf,
  OUTPUT_DTYPES,
  RECIPE_DTYPES,
  writableDtypeOf,
} from './dtype.ts';

test('what is read, merged and written', () => {
  const all = Object.keys(DTYPE_BITS);
  expect(all.filter(isMergeDtype)).toEqual(['F16', 'BF16', 'F32']);
  expect(all.filter(isInputDtype).sort()).toEqual([...INPUT_DTYPES].sort());
  expect(all.filter(isOutputDtype).sort()).toEqual([...OUTPUT_DTYPES].sort());
  expect(OUTPUT_DTYPES.filter((dtype) => !isInputDtype(dtype))).toEqual([]);
  expect(Object.values(RECIPE_DTYPES).sort()).toEqual([...OUTPUT_DTYPES].sort());
});

test.each([
  ['F32', 4, 'F32', 'F32', 'float32'],
  ['F16', 2, 'F16', 'F16', 'float16'],
  ['BF16', 2, 'BF16', 'BF16', 'bfloat16'],
  ['F64', 8, 'F32', 'F32', 'float32'],
  ['F8_E4M3', 1, 'BF16', 'F8_E4M3', 'bfloat16'],
  ['F8_E5M2', 1, 'BF16', 'F8_E5M2', 'bfloat16'],
  ['F8_E4M3FNUZ', 1, 'BF16', 'BF16', 'bfloat16'],
  ['F8_E5M2FNUZ', 1, 'BF16', 'BF16', 'bfloat16'],
] as const)('%s', (dtype, bytes, kernel, written, config) => {
  expect(dtypeBytes(dtype)).toBe(bytes);
  expect(kernelDtypeOf(dtype)).toBe(kernel);
  expect(writableDtypeOf(dtype)).toBe(written);
  expect(configDtypeName(writableDtypeOf(dtype))).toBe(config);
});
