// float64 arithmetic in integers: add, multiply and divide round to nearest even at 53 bits, exactly as JavaScript's
// numbers do, so both engines compute the same bits.
//
// Why not f32 pairs: WGSL fixes no rounding mode, lets compilers reassociate and fuse, and lets hardware flush
// subnormals; error-free transformations have been seen to break on Metal and in naga. u32 arithmetic is exact
// everywhere. Exponents are not bounded here: JavaScript agrees as long as its numbers neither overflow nor go
// subnormal, which products of float32 values and coefficients within 2^-600 .. 2^600 never do.

const WIDE_SPECIAL = 4096;
const WIDE_EMPTY = -4096;
const WIDE_INFINITY = 0x80000000u;
const WIDE_NAN = 0xc0000000u;

// (hi * 2^32 + lo) / 2^63 * 2^exponent, with the leading one at the top of hi and the lowest 11 bits of lo clear.
// Zero: hi = lo = 0, exponent WIDE_EMPTY. Infinity and NaN: exponent WIDE_SPECIAL, hi tells which.
struct Wide {
  // 0 or 0x80000000
  sign: u32,
  exponent: i32,
  hi: u32,
  lo: u32,
}

fn wideZero(sign: u32) -> Wide {
  return Wide(sign, WIDE_EMPTY, 0u, 0u);
}

fn wideNegate(a: Wide) -> Wide {
  return Wide(a.sign ^ 0x80000000u, a.exponent, a.hi, a.lo);
}

fn wideAbs(a: Wide) -> Wide {
  return Wide(0u, a.exponent, a.hi, a.lo);
}

fn wideIsNan(a: Wide) -> bool {
  return a.exponent >= WIDE_SPECIAL && a.hi == WIDE_NAN;
}

// +1, 0 or -1; 0 for NaN too.
fn wideSign(a: Wide) -> i32 {
  if (a.hi == 0u || wideIsNan(a)) {
    return 0;
  }
  return select(1, -1, a.sign != 0u);
}

// 64-bit product (x high, y low) from 16-bit limbs: WGSL has no multiply-high.
fn multiply32(a: u32, b: u32) -> vec2<u32> {
  let al = a & 0xffffu;
  let ah = a >> 16u;
  let bl = b & 0xffffu;
  let bh = b >> 16u;
  let low = al * bl;
  let mid1 = al * bh;
  let mid2 = ah * bl;
  let carry = ((low >> 16u) + (mid1 & 0xffffu) + (mid2 & 0xffffu)) >> 16u;
  return vec2<u32>(ah * bh + (mid1 >> 16u) + (mid2 >> 16u) + carry, a * b);
}

// (hi:lo) >> count for count in 0..63, with a 1 in the last place if any bit was lost ("jamming" keeps rounding exact).
fn shiftRightJam(hi: u32, lo: u32, count: u32) -> vec2<u32> {
  let far = count >= 32u;
  let high = select(hi, 0u, far);
  let low = select(lo, hi, far);
  let near = count & 31u;
  let lost = select(0u, lo, far) | (low & ((1u << near) - 1u));
  // Two steps, because a shift by 32 is a shift by 0.
  let shifted = (low >> near) | ((high << (31u - near)) << 1u);
  return vec2<u32>(high >> near, shifted | select(0u, 1u, lost != 0u));
}

// A normalised 64-bit significand rounded to 53 bits, to nearest even.
fn wideRound(sign: u32, exponent: i32, hi: u32, lo: u32) -> Wide {
  let rest = lo & 0x7ffu;
  let up = rest > 0x400u || (rest == 0x400u && (lo & 0x800u) != 0u);
  let low = (lo & 0xfffff800u) + select(0u, 0x800u, up);
  let high = hi + select(0u, 1u, up && low == 0u);
  if (high == 0u) {
    return Wide(sign, exponent + 1, 0x80000000u, 0u);
  }
  return Wide(sign, exponent, high, low);
}

fn wideAddSpecial(a: Wide, b: Wide) -> Wide {
  let aSpecial = a.exponent >= WIDE_SPECIAL;
  let opposed = aSpecial && b.exponent >= WIDE_SPECIAL && a.sign != b.sign;
  if (wideIsNan(a) || wideIsNan(b) || opposed) {
    return Wide(0u, WIDE_SPECIAL, WIDE_NAN, 0u);
  }
  if (aSpecial) {
    return a;
  }
  return b;
}

fn wideAdd(a: Wide, b: Wide) -> Wide {
  if (max(a.exponent, b.exponent) >= WIDE_SPECIAL) {
    return wideAddSpecial(a, b);
  }
  let swapped = a.exponent < b.exponent ||
    (a.exponent == b.exponent && (a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo)));
  var large = a;
  var small = b;
  if (swapped) {
    large = b;
    small = a;
  }
  // One place to the right leaves room for the carry; 10 places below the 53 bits stay for the rounding.
  let largeHi = large.hi >> 1u;
  let largeLo = (large.lo >> 1u) | (large.hi << 31u);
  let aligned = shiftRightJam(small.hi, small.lo, u32(min(large.exponent - small.exponent, 62) + 1));
  var hi: u32;
  var lo: u32;
  if (a.sign == b.sign) {
    lo = largeLo + aligned.y;
    hi = largeHi + aligned.x + select(0u, 1u, lo < largeLo);
  } else {
    lo = largeLo - aligned.y;
    hi = largeHi - aligned.x - select(0u, 1u, largeLo < aligned.y);
  }
  if ((hi | lo) == 0u) {
    return wideZero(a.sign & b.sign);
  }
  var exponent = large.exponent + 1;
  if (hi == 0u) {
    hi = lo;
    lo = 0u;
    exponent -= 32;
  }
  let leading = countLeadingZeros(hi);
  let shiftedHi = (hi << leading) | ((lo >> (31u - leading)) >> 1u);
  return wideRound(large.sign, exponent - i32(leading), shiftedHi, lo << leading);
}

fn wideSubtract(a: Wide, b: Wide) -> Wide {
  return wideAdd(a, wideNegate(b));
}

fn wideMultiplySpecial(a: Wide, b: Wide, sign: u32) -> Wide {
  if (wideIsNan(a) || wideIsNan(b) || a.hi == 0u || b.hi == 0u) {
    return Wide(0u, WIDE_SPECIAL, WIDE_NAN, 0u);
  }
  return Wide(sign, WIDE_SPECIAL, WIDE_INFINITY, 0u);
}

fn wideMultiply(a: Wide, b: Wide) -> Wide {
  let sign = a.sign ^ b.sign;
  if (max(a.exponent, b.exponent) >= WIDE_SPECIAL) {
    return wideMultiplySpecial(a, b, sign);
  }
  if (a.hi == 0u || b.hi == 0u) {
    return wideZero(sign);
  }
  // 128-bit product in words w3 (top), w2, w1 and a rest.
  let top = multiply32(a.hi, b.hi);
  var w3 = top.x;
  var w2 = top.y;
  var w1 = 0u;
  var rest = 0u;
  if ((a.lo | b.lo) != 0u) {
    let cross1 = multiply32(a.hi, b.lo);
    let cross2 = multiply32(a.lo, b.hi);
    let bottom = multiply32(a.lo, b.lo);
    let partial1 = cross1.y + cross2.y;
    w1 = partial1 + bottom.x;
    let carry1 = select(0u, 1u, partial1 < cross1.y) + select(0u, 1u, w1 < partial1);
    let partial2 = w2 + cross1.x;
    let partial3 = partial2 + cross2.x;
    let sum = partial3 + carry1;
    w3 += select(0u, 1u, partial2 < w2) + select(0u, 1u, partial3 < partial2) + select(0u, 1u, sum < partial3);
    w2 = sum;
    rest = bottom.y;
  }
  var exponent = a.exponent + b.exponent + 1;
  if ((w3 & 0x80000000u) == 0u) {
    w3 = (w3 << 1u) | (w2 >> 31u);
    w2 = (w2 << 1u) | (w1 >> 31u);
    w1 = w1 << 1u;
    exponent -= 1;
  }
  return wideRound(sign, exponent, w3, w2 | select(0u, 1u, (w1 | rest) != 0u));
}

// a / b for a finite a and a finite b that is not zero: restoring division, 56 quotient bits and a sticky one.
fn wideDivide(a: Wide, b: Wide) -> Wide {
  let sign = a.sign ^ b.sign;
  if (a.hi == 0u) {
    return wideZero(sign);
  }
  var restHi = a.hi;
  var restLo = a.lo;
  var overflow = false;
  var hi = 0u;
  var lo = 0u;
  for (var place = 0u; place < 56u; place++) {
    if (overflow || restHi > b.hi || (restHi == b.hi && restLo >= b.lo)) {
      restHi = restHi - b.hi - select(0u, 1u, restLo < b.lo);
      restLo = restLo - b.lo;
      if (place < 32u) {
        hi |= 0x80000000u >> place;
      } else {
        lo |= 0x80000000u >> (place - 32u);
      }
    }
    overflow = (restHi & 0x80000000u) != 0u;
    restHi = (restHi << 1u) | (restLo >> 31u);
    restLo = restLo << 1u;
  }
  let sticky = select(0u, 1u, overflow || (restHi | restLo) != 0u);
  var exponent = a.exponent - b.exponent;
  if ((hi & 0x80000000u) == 0u) {
    hi = (hi << 1u) | (lo >> 31u);
    lo = lo << 1u;
    exponent -= 1;
  }
  return wideRound(sign, exponent, hi, lo | sticky);
}

// A float64 as two words, x low, y high, the way it lies in memory. Subnormal float64 counts as zero.
fn wideFromBits(bits: vec2<u32>) -> Wide {
  let sign = bits.y & 0x80000000u;
  let field = (bits.y >> 20u) & 0x7ffu;
  let fraction = bits.y & 0xfffffu;
  if (field == 0u) {
    return wideZero(sign);
  }
  if (field == 0x7ffu) {
    return Wide(sign, WIDE_SPECIAL, select(WIDE_INFINITY, WIDE_NAN, (fraction | bits.x) != 0u), 0u);
  }
  return Wide(sign, i32(field) - 1023, 0x80000000u | (fraction << 11u) | (bits.x >> 21u), bits.x << 11u);
}

fn wideToBits(a: Wide) -> vec2<u32> {
  if (a.exponent >= WIDE_SPECIAL) {
    return vec2<u32>(0u, select(a.sign | 0x7ff00000u, 0x7ff80000u, a.hi == WIDE_NAN));
  }
  if (a.hi == 0u || a.exponent < -1022) {
    return vec2<u32>(0u, a.sign);
  }
  if (a.exponent > 1023) {
    return vec2<u32>(0u, a.sign | 0x7ff00000u);
  }
  let field = u32(a.exponent + 1023) << 20u;
  return vec2<u32>((a.lo >> 11u) | (a.hi << 21u), a.sign | field | ((a.hi >> 11u) & 0xfffffu));
}
