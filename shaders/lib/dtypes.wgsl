// Element types as the host numbers them (DTYPE_CODES in src/kernels/gpu/words.ts): their bits to numbers and back.
const DTYPE_F32 = 0u;
const DTYPE_F16 = 1u;
const DTYPE_BF16 = 2u;
// Written, never read.
const DTYPE_F8_E4M3 = 3u;
const DTYPE_F8_E5M2 = 4u;

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

// Sizes rounded once to float32, as bits whose integer order is theirs; NaN is one pattern above all others. Twin:
// magnitudesAt in src/kernels/cpu/assembly/score.ts.
fn magnitudeOf(value: Wide) -> vec4u {
  return encode(wideAbs(value), DTYPE_F32);
}

struct Format {
  fractionBits: u32,
  leastExponent: i32,
  // What is too large; F8_E4M3 has no infinity, and its NaN takes that place, without a sign.
  infinity: u32,
  nan: u32,
  signShift: u32,
}

fn formatOf(dtype: u32) -> Format {
  switch (dtype) {
    case DTYPE_F32: {
      return Format(23u, -126, 0x7f800000u, 0x7fc00000u, 0u);
    }
    case DTYPE_F16: {
      return Format(10u, -14, 0x7c00u, 0x7e00u, 16u);
    }
    case DTYPE_F8_E4M3: {
      return Format(3u, -6, 0x7fu, 0x7fu, 24u);
    }
    case DTYPE_F8_E5M2: {
      return Format(2u, -14, 0x7cu, 0x7fu, 24u);
    }
    default: {
      return Format(7u, -126, 0x7f80u, 0x7fc0u, 16u);
    }
  }
}

// Four numbers rounded once, to nearest even, each element in the low bits of its word. There is one NaN per
// dtype. Twin: encodeBlock in src/kernels/cpu/assembly/encode.ts.
fn encode(value: Wide, dtype: u32) -> vec4u {
  let format = formatOf(dtype);
  // Bits below the last kept one, less the two that carry the rounding. Beyond 63 nothing but a rest below a quarter
  // of the smallest subnormal is left, and 63 leaves just such a rest.
  let below = max(vec4i(format.leastExponent) - value.exponent, vec4i());
  let drop = min(vec4u(below) + vec4u(61u - format.fractionBits), vec4u(63u));
  let kept = shiftRightJam(value.hi, value.lo, drop).lo;
  let rounded = (kept + vec4u(1u) + ((kept >> vec4u(2u)) & vec4u(1u))) >> vec4u(2u);
  // The hidden bit adds the 1 that the exponent field lacks here, and a carry of the rounding moves it on by itself.
  let field = vec4u(clamp(value.exponent - vec4i(format.leastExponent), vec4i(), vec4i(255)));
  let size = min((field << vec4u(format.fractionBits)) + rounded, vec4u(format.infinity));
  let signed = (value.sign >> vec4u(format.signShift)) | size;
  return select(signed, vec4u(format.nan), wideIsNan(value) | (size == vec4u(format.nan)));
}
