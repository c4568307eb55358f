/** Element types: the safetensors names, their width, and which of them can be merged and written. */

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

/** Dtypes that every kernel reads and writes. */
export const MERGE_DTYPES = ['F32', 'F16', 'BF16'] as const;
export type MergeDtype = (typeof MERGE_DTYPES)[number];

export function isMergeDtype(dtype: string): dtype is MergeDtype {
  return (MERGE_DTYPES as readonly string[]).includes(dtype);
}

export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(DTYPE_BITS, name);
}

/** Bytes of one element of a mergeable dtype. */
export function dtypeBytes(dtype: MergeDtype): 2 | 4 {
  return dtype === 'F32' ? 4 : 2;
}

/** mergekit's spelling in `dtype` and `out_dtype`, and in config.json. */
export const RECIPE_DTYPES = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' } as const;
export type RecipeDtype = keyof typeof RECIPE_DTYPES;

/** The name config.json uses for a dtype (`bfloat16` for BF16). */
export function configDtypeName(dtype: MergeDtype): RecipeDtype {
  return dtype === 'F32' ? 'float32' : dtype === 'F16' ? 'float16' : 'bfloat16';
}
