// Element types as the host numbers them (src/kernels/gpu/params.ts), and the shape of their bit patterns.
const DTYPE_F32 = 0u;
const DTYPE_F16 = 1u;
const DTYPE_BF16 = 2u;

// Magnitude bits of the one NaN that is ever written or compared. Twin: CANONICAL_NAN in src/kernels/cpu/magnitude.ts.
const CANONICAL_NAN_F32 = 0x7fc00000u;

struct Format {
  // Significand bits, the hidden one included.
  significandBits: u32,
  // Exponents of the smallest normal and of the largest finite value.
  minExponent: i32,
  maxExponent: i32,
  infinity: u32,
  nan: u32,
  signShift: u32,
}

fn formatOf(dtype: u32) -> Format {
  if (dtype == DTYPE_F16) {
    return Format(11u, -14, 15, 0x7c00u, 0x7e00u, 16u);
  }
  if (dtype == DTYPE_BF16) {
    return Format(8u, -126, 127, 0x7f80u, 0x7fc0u, 16u);
  }
  return Format(24u, -126, 127, 0x7f800000u, CANONICAL_NAN_F32, 0u);
}

// Twin: readBlock in src/kernels/cpu/decode.ts. `bits` are the element's own, in the low bits.
fn decode(bits: u32, dtype: u32) -> Wide {
  var sign = bits & 0x80000000u;
  var exponentField = (bits >> 23u) & 0xffu;
  var fraction = bits & 0x7fffffu;
  var bias = 127;
  var specialField = 0xffu;
  if (dtype == DTYPE_F16) {
    sign = (bits & 0x8000u) << 16u;
    exponentField = (bits >> 10u) & 0x1fu;
    fraction = (bits & 0x3ffu) << 13u;
    bias = 15;
    specialField = 0x1fu;
  } else if (dtype == DTYPE_BF16) {
    sign = (bits & 0x8000u) << 16u;
    exponentField = (bits >> 7u) & 0xffu;
    fraction = (bits & 0x7fu) << 16u;
  }
  if (exponentField == specialField) {
    return Wide(sign, WIDE_SPECIAL, select(WIDE_INFINITY, WIDE_NAN, fraction != 0u), 0u);
  }
  if (exponentField != 0u) {
    return Wide(sign, i32(exponentField) - bias, 0x80000000u | (fraction << 8u), 0u);
  }
  if (fraction == 0u) {
    return wideZero(sign);
  }
  // A subnormal is fraction * 2^(1 - bias - 23); its leading one moves to the top.
  let leading = countLeadingZeros(fraction);
  return Wide(sign, 9 - bias - i32(leading), fraction << leading, 0u);
}

// The value rounded once, to nearest even. Twin: encodeBlock in src/kernels/cpu/encode.ts.
fn encode(value: Wide, dtype: u32) -> u32 {
  let format = formatOf(dtype);
  let sign = value.sign >> format.signShift;
  if (value.exponent >= WIDE_SPECIAL) {
    return select(sign | format.infinity, format.nan, value.hi == WIDE_NAN);
  }
  if (value.hi == 0u) {
    return sign;
  }
  // Bits below the last kept one, less the two that carry the rounding. Beyond 63 nothing but a rest below a quarter
  // of the smallest subnormal is left, and 63 leaves just such a rest.
  let subnormal = max(format.minExponent - value.exponent, 0);
  let drop = min(u32(62 - i32(format.significandBits) + subnormal), 63u);
  let kept = shiftRightJam(value.hi, value.lo, drop).y;
  let rounded = (kept + 1u + ((kept >> 2u) & 1u)) >> 2u;
  // The hidden bit adds the 1 that the exponent field lacks here, and a carry of the rounding moves it on by itself.
  let field = u32(clamp(value.exponent - format.minExponent, 0, 255));
  let bits = (field << (format.significandBits - 1u)) + rounded;
  return sign | select(bits, format.infinity, value.exponent > format.maxExponent || bits >= format.infinity);
}
