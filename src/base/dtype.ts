/** Element types: the safetensors names, their width, and which of them can be read, merged and written. */

/** safetensors dtype names with their width in bits (format spec; safetensors 0.8). */
export const DTYPE_BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

export type Dtype = keyof typeof DTYPE_BITS;

/** Dtypes of the kernels' operands. */
export const MERGE_DTYPES = ['F32', 'F16', 'BF16'] as const;
export type MergeDtype = (typeof MERGE_DTYPES)[number];

/** Dtypes of the tensors that can be merged; those that kernels do not read are widened on the way (`kernelDtypeOf`). */
export const INPUT_DTYPES = [
  ...MERGE_DTYPES,
  'F64',
  'F8_E4M3',
  'F8_E5M2',
  'F8_E4M3FNUZ',
  'F8_E5M2FNUZ',
] as const;
export type InputDtype = (typeof INPUT_DTYPES)[number];

/** Dtypes that kernels write. */
export const OUTPUT_DTYPES = [...MERGE_DTYPES, 'F8_E4M3', 'F8_E5M2'] as const;
export type OutputDtype = (typeof OUTPUT_DTYPES)[number];

export function isMergeDtype(dtype: string): dtype is MergeDtype {
  return (MERGE_DTYPES as readonly string[]).includes(dtype);
}

export function isInputDtype(dtype: string): dtype is InputDtype {
  return (INPUT_DTYPES as readonly string[]).includes(dtype);
}

export function isOutputDtype(dtype: string): dtype is OutputDtype {
  return (OUTPUT_DTYPES as readonly string[]).includes(dtype);
}

export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(DTYPE_BITS, name);
}

/** Bytes of one element. */
export function dtypeBytes(dtype: MergeDtype): 2 | 4;
export function dtypeBytes(dtype: InputDtype): 1 | 2 | 4 | 8;
export function dtypeBytes(dtype: InputDtype): number {
  return DTYPE_BITS[dtype] / 8;
}

/**
 * The dtype in which kernels see an input: F64 is rounded once to F32, and every float8 value, subnormals included, is
 * a BF16 value too (at most 4 significant bits, exponents from -17 to 15).
 */
export function kernelDtypeOf(dtype: InputDtype): MergeDtype {
  if (isMergeDtype(dtype)) return dtype;
  return dtype === 'F64' ? 'F32' : 'BF16';
}

/** What a merge writes by itself when its first input is of `dtype`: the same where kernels can, else what they see. */
export function writableDtypeOf(dtype: InputDtype): OutputDtype {
  return isOutputDtype(dtype) ? dtype : kernelDtypeOf(dtype);
}

/** mergekit's spelling in `dtype` and `out_dtype`, which is torch's; mergekit itself has no float8. */
export const RECIPE_DTYPES = {
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  float8_e4m3fn: 'F8_E4M3',
  float8_e5m2: 'F8_E5M2',
} as const satisfies Readonly<Record<string, OutputDtype>>;
export type RecipeDtype = keyof typeof RECIPE_DTYPES;

/**
 * The name config.json uses for a dtype (`bfloat16` for BF16). For float8 it is `bfloat16`: transformers computes in the
 * dtype that the config names and no model computes in float8 (transformers 5.18 fails to load `float8_e4m3fn`, "couldn't
 * find storage object"), while float8 weights load into the named dtype exactly. The files themselves say float8.
 */
export function configDtypeName(dtype: OutputDtype): 'float32' | 'float16' | 'bfloat16' {
  return dtype === 'F32' ? 'float32' : dtype === 'F16' ? 'float16' : 'bfloat16';
}
