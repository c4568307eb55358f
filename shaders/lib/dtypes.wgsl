// Element types as the host numbers them (DTYPE_CODES in src/kernels/gpu/tile.ts): their bits to numbers and back.
const DTYPE_F32 = 0u;
const DTYPE_F16 = 1u;
const DTYPE_BF16 = 2u;

// Four elements, each with its sign at bit 31; a half has its low 16 bits clear. bfloat16 is then float32, and float16
// differs in the exponent alone. Twin: readBlock in src/kernels/cpu/assembly/decode.ts.
fn decode(bits: vec4u, dtype: u32) -> Wide {
  let isHalf = dtype == DTYPE_F16;
  let exponentBits = select(8u, 5u, isHalf);
  let bias = select(127, 15, isHalf);
  let body = bits + bits;
  let field = body >> vec4u(32u - exponentBits);
  let fraction = body << vec4u(exponentBits);
  // A subnormal is fraction * 2^(-31 - bias), its leading one moved to the top.
  let subnormal = field == vec4u();
  let leading = leadingZeros(fraction);
  let hi = select(vec4u(0x80000000u) | (fraction >> vec4u(1u)), fraction << leading, subnormal);
  let exponent = select(vec4i(field), -vec4i(leading), subnormal) - vec4i(bias);
  let zero = subnormal & (fraction == vec4u());
  let special = field == vec4u((1u << exponentBits) - 1u);
  let specialExponent = select(vec4i(WIDE_INFINITY), vec4i(WIDE_NAN), fraction != vec4u());
  return Wide(
    bits & vec4u(0x80000000u),
    select(select(exponent, vec4i(WIDE_ZERO), zero), specialExponent, special),
    hi,
    vec4u(),
  );
}

// Rounded to float32.
fn single(value: Wide) -> Wide {
  return decode(encode(value, DTYPE_F32), DTYPE_F32);
}

// Four numbers rounded once, to nearest even, each element in the low bits of its word. NaN is written as the canonical
// quiet one. Twin: encodeBlock in src/kernels/cpu/assembly/encode.ts.
fn encode(value: Wide, dtype: u32) -> vec4u {
  let isHalf = dtype == DTYPE_F16;
  let isFloat = dtype == DTYPE_F32;
  let fractionBits = select(select(7u, 10u, isHalf), 23u, isFloat);
  let leastExponent = select(-126, -14, isHalf);
  let infinity = select(select(0x7f80u, 0x7c00u, isHalf), 0x7f800000u, isFloat);
  let nan = infinity | (1u << (fractionBits - 1u));
  // Bits below the last kept one, less the two that carry the rounding. Beyond 63 nothing but a rest below a quarter
  // of the smallest subnormal is left, and 63 leaves just such a rest.
  let below = max(vec4i(leastExponent) - value.exponent, vec4i());
  let drop = min(vec4u(below) + vec4u(61u - fractionBits), vec4u(63u));
  let kept = shiftRightJam(value.hi, value.lo, drop).lo;
  let rounded = (kept + vec4u(1u) + ((kept >> vec4u(2u)) & vec4u(1u))) >> vec4u(2u);
  // The hidden bit adds the 1 that the exponent field lacks here, and a carry of the rounding moves it on by itself.
  let field = vec4u(clamp(value.exponent - vec4i(leastExponent), vec4i(), vec4i(255)));
  let size = min((field << vec4u(fractionBits)) + rounded, vec4u(infinity));
  let signed = (value.sign >> vec4u(select(16u, 0u, isFloat))) | size;
  return select(signed, vec4u(nan), wideIsNan(value));
}
