// float64 arithmetic in integers, four numbers side by side: add, multiply and divide round to nearest even at 53 bits,
// exactly as JavaScript's numbers do, so both engines compute the same bits.
//
// Why not f32 pairs: WGSL fixes no rounding mode, lets compilers reassociate and fuse, and lets hardware flush
// subnormals; error-free transformations have been seen to break on Metal and in naga. u32 arithmetic is exact
// everywhere. Exponents are not bounded here: JavaScript agrees as long as its numbers neither overflow nor go
// subnormal, which products of float32 values and coefficients within 2^-600 .. 2^600 never do.
//
// Everything is select() and bitwise: && and || would branch, and neighbours take different sides all the time.
// Doubling is x + x, because software adapters shift a vector lane by lane.

// Infinity and NaN are numbers of these exponents, far enough apart that the few operations of a kernel never carry one
// into the class of another; zero has the lowest exponent of all.
const WIDE_ZERO = -0x1000;
const WIDE_INFINITY = 0x10000;
const WIDE_NAN = 0x100000;
// Classes: exponents from here up are infinite, and from there up NaN.
const WIDE_INFINITE = 0x8000;
const WIDE_NOT_A_NUMBER = 0x80000;

// (hi * 2^32 + lo) / 2^63 * 2^exponent, with the leading one at the top of hi and the lowest 11 bits of lo clear.
// Zero has hi = lo = 0, and nothing else has hi = 0.
struct Wide {
  // 0 or 0x80000000
  sign: vec4u,
  exponent: vec4i,
  hi: vec4u,
  lo: vec4u,
}

fn wideZero(sign: u32) -> Wide {
  return Wide(vec4u(sign), vec4i(WIDE_ZERO), vec4u(), vec4u());
}

// One number four times, from its sign, exponent, hi and lo. Written by wideWords in src/kernels/gpu/words.ts.
fn wideSplat(words: vec4u) -> Wide {
  return Wide(vec4u(words.x), vec4i(bitcast<i32>(words.y)), vec4u(words.z), vec4u(words.w));
}

fn wideNegate(a: Wide) -> Wide {
  return Wide(a.sign ^ vec4u(0x80000000u), a.exponent, a.hi, a.lo);
}

fn wideAbs(a: Wide) -> Wide {
  return Wide(vec4u(), a.exponent, a.hi, a.lo);
}

fn wideSelect(whenFalse: Wide, whenTrue: Wide, choice: vec4<bool>) -> Wide {
  return Wide(
    select(whenFalse.sign, whenTrue.sign, choice),
    select(whenFalse.exponent, whenTrue.exponent, choice),
    select(whenFalse.hi, whenTrue.hi, choice),
    select(whenFalse.lo, whenTrue.lo, choice),
  );
}

fn wideIsNan(a: Wide) -> vec4<bool> {
  return a.exponent >= vec4i(WIDE_NOT_A_NUMBER);
}

fn wideIsPositive(a: Wide) -> vec4<bool> {
  return (a.hi != vec4u()) & (a.sign == vec4u()) & (a.exponent < vec4i(WIDE_NOT_A_NUMBER));
}

fn wideIsNegative(a: Wide) -> vec4<bool> {
  return (a.hi != vec4u()) & (a.sign != vec4u()) & (a.exponent < vec4i(WIDE_NOT_A_NUMBER));
}

fn ones(condition: vec4<bool>) -> vec4u {
  return select(vec4u(), vec4u(1u), condition);
}

fn topBit(x: vec4u) -> vec4u {
  return ones(x >= vec4u(0x80000000u));
}

// countLeadingZeros for x != 0, which software adapters do bit by bit. No two neighbouring ones are left in `sparse`, so
// no rounding of the conversion to float can carry it to the next power of two.
fn leadingZeros(x: vec4u) -> vec4u {
  let sparse = x & ~(x >> vec4u(1u));
  return vec4u(158u) - (bitcast<vec4u>(vec4f(sparse)) >> vec4u(23u));
}

struct Words2 {
  hi: vec4u,
  lo: vec4u,
}

// 64-bit product from 16-bit limbs: WGSL has no multiply-high.
fn multiply32(a: vec4u, b: vec4u) -> Words2 {
  let half = vec4u(16u);
  let mask = vec4u(0xffffu);
  let al = a & mask;
  let ah = a >> half;
  let bl = b & mask;
  let bh = b >> half;
  let mid1 = al * bh + ((al * bl) >> half);
  let mid2 = ah * bl + (mid1 & mask);
  return Words2(ah * bh + (mid1 >> half) + (mid2 >> half), a * b);
}

// (hi:lo) >> count for count in 0..63, with a 1 in the last place if any bit was lost ("jamming" keeps rounding exact).
fn shiftRightJam(hi: vec4u, lo: vec4u, count: vec4u) -> Words2 {
  let far = count >= vec4u(32u);
  let high = select(hi, vec4u(), far);
  let low = select(lo, hi, far);
  let near = count & vec4u(31u);
  let lost = select(vec4u(), lo, far) | (low & ((vec4u(1u) << near) - vec4u(1u)));
  // Two steps, because a shift by 32 is a shift by 0.
  let carried = high << (vec4u(31u) - near);
  let shifted = (low >> near) | (carried + carried);
  return Words2(high >> near, shifted | min(lost, vec4u(1u)));
}

// A normalised 64-bit significand rounded to 53 bits, to nearest even.
fn wideRound(sign: vec4u, exponent: vec4i, hi: vec4u, lo: vec4u) -> Wide {
  let low = lo + vec4u(0x3ffu) + ((lo >> vec4u(11u)) & vec4u(1u));
  let high = hi + ones(low < lo);
  let carried = high == vec4u();
  return Wide(
    sign,
    exponent + vec4i(ones(carried)),
    select(high, vec4u(0x80000000u), carried),
    low & vec4u(0xfffff800u),
  );
}

fn wideAdd(a: Wide, b: Wide) -> Wide {
  let swapped = (a.exponent < b.exponent) |
    ((a.exponent == b.exponent) & ((a.hi < b.hi) | ((a.hi == b.hi) & (a.lo < b.lo))));
  let large = wideSelect(a, b, swapped);
  let smallHi = select(b.hi, a.hi, swapped);
  let smallLo = select(b.lo, a.lo, swapped);
  // One place to the right leaves room for the carry; 10 places below the 53 bits stay for the rounding.
  let largeHi = large.hi >> vec4u(1u);
  let largeLo = (large.lo >> vec4u(1u)) | (large.hi << vec4u(31u));
  let distance = min(abs(a.exponent - b.exponent), vec4i(62)) + vec4i(1);
  let aligned = shiftRightJam(smallHi, smallLo, vec4u(distance));
  // Subtracting is adding the complement and 1.
  let opposed = a.sign != b.sign;
  let flip = select(vec4u(), vec4u(0xffffffffu), opposed);
  let sum = largeLo + (aligned.lo ^ flip);
  let lo = sum + (flip & vec4u(1u));
  let hi = largeHi + (aligned.hi ^ flip) + ones((sum < largeLo) | (lo < sum));

  let far = hi == vec4u();
  let top = select(hi, lo, far);
  let bottom = select(lo, vec4u(), far);
  let zero = top == vec4u();
  let leading = leadingZeros(top);
  let normalHi = (top << leading) | ((bottom >> (vec4u(31u) - leading)) >> vec4u(1u));
  let places = vec4i(leading) + select(vec4i(), vec4i(32), far);
  let rounded = wideRound(large.sign, large.exponent + vec4i(1) - places, normalHi, bottom << leading);
  let undefinedSum = opposed & (min(a.exponent, b.exponent) >= vec4i(WIDE_INFINITE));
  let exponent = select(rounded.exponent, vec4i(WIDE_ZERO), zero);
  return Wide(
    select(rounded.sign, a.sign & b.sign, zero),
    select(exponent, vec4i(WIDE_NAN), undefinedSum),
    select(select(rounded.hi, vec4u(), zero), vec4u(0x80000000u), undefinedSum),
    rounded.lo,
  );
}

fn wideSubtract(a: Wide, b: Wide) -> Wide {
  return wideAdd(a, wideNegate(b));
}

fn wideMultiply(a: Wide, b: Wide) -> Wide {
  // 128-bit product in words w3 (top), w2, w1 and a rest.
  let top = multiply32(a.hi, b.hi);
  let cross1 = multiply32(a.hi, b.lo);
  let cross2 = multiply32(a.lo, b.hi);
  let bottom = multiply32(a.lo, b.lo);
  let partial1 = cross1.lo + cross2.lo;
  let w1 = partial1 + bottom.hi;
  let partial2 = top.lo + cross1.hi;
  let partial3 = partial2 + cross2.hi;
  let w2 = partial3 + ones(partial1 < cross1.lo) + ones(w1 < partial1);
  let w3 = top.hi + ones(partial2 < top.lo) + ones(partial3 < partial2) + ones(w2 < partial3);

  let short = (w3 & vec4u(0x80000000u)) == vec4u();
  let hi = select(w3, w3 + w3 + topBit(w2), short);
  let lo = select(w2, w2 + w2 + topBit(w1), short);
  let lost = min(w1 | bottom.lo, vec4u(1u));
  let exponent = a.exponent + b.exponent + select(vec4i(1), vec4i(), short);
  let rounded = wideRound(a.sign ^ b.sign, exponent, hi, lo | lost);
  let zero = min(a.hi, b.hi) == vec4u();
  // Zero times a finite number is zero, times anything else NaN.
  let undefinedProduct = zero & (max(a.exponent, b.exponent) >= vec4i(WIDE_INFINITE));
  let zeroExponent = select(vec4i(WIDE_ZERO), vec4i(WIDE_NAN), undefinedProduct);
  return Wide(
    rounded.sign,
    select(rounded.exponent, zeroExponent, zero),
    select(select(rounded.hi, vec4u(), zero), vec4u(0x80000000u), undefinedProduct),
    select(rounded.lo, vec4u(), zero),
  );
}

// a / b for a finite a and a finite b that is not zero: restoring division, 56 quotient bits and a sticky one.
fn wideDivide(a: Wide, b: Wide) -> Wide {
  var restHi = a.hi;
  var restLo = a.lo;
  var overflow = vec4u();
  var hi = vec4u();
  var lo = vec4u();
  for (var place = 0u; place < 56u; place++) {
    let fits = (overflow != vec4u()) | (restHi > b.hi) | ((restHi == b.hi) & (restLo >= b.lo));
    let lessHi = restHi - b.hi - ones(restLo < b.lo);
    restHi = select(restHi, lessHi, fits);
    restLo = select(restLo, restLo - b.lo, fits);
    overflow = topBit(restHi);
    restHi = restHi + restHi + topBit(restLo);
    restLo = restLo + restLo;
    hi = hi + hi + topBit(lo);
    lo = lo + lo + ones(fits);
  }
  hi = (hi << vec4u(8u)) | (lo >> vec4u(24u));
  lo = lo << vec4u(8u);
  let lost = min(overflow | restHi | restLo, vec4u(1u));
  let short = (hi & vec4u(0x80000000u)) == vec4u();
  let rounded = wideRound(
    a.sign ^ b.sign,
    a.exponent - b.exponent - vec4i(ones(short)),
    select(hi, hi + hi + topBit(lo), short),
    select(lo, lo + lo, short) | lost,
  );
  return wideSelect(rounded, Wide(rounded.sign, vec4i(WIDE_ZERO), vec4u(), vec4u()), a.hi == vec4u());
}

// Below in size; infinities are one size, and NaN is the largest.
fn wideIsSmaller(a: Wide, b: Wide) -> vec4<bool> {
  let classA = classOf(a);
  let classB = classOf(b);
  let lower = (a.exponent < b.exponent) |
    ((a.exponent == b.exponent) & ((a.hi < b.hi) | ((a.hi == b.hi) & (a.lo < b.lo))));
  return (classA < classB) | ((classA == vec4u()) & (classB == vec4u()) & lower);
}

// Finite, infinite or NaN.
fn classOf(a: Wide) -> vec4u {
  return ones(a.exponent >= vec4i(WIDE_INFINITE)) + ones(wideIsNan(a));
}

fn wideOfInteger(value: vec4i) -> Wide {
  let size = vec4u(abs(value));
  let zero = size == vec4u();
  let leading = leadingZeros(size | ones(zero));
  return Wide(
    select(vec4u(), vec4u(0x80000000u), value < vec4i()),
    select(vec4i(31) - vec4i(leading), vec4i(WIDE_ZERO), zero),
    size << leading,
    vec4u(),
  );
}

// float64 numbers as they lie in memory, low and high words. None of them is subnormal.
fn wideOfBits(low: vec4u, high: vec4u) -> Wide {
  let field = (high >> vec4u(20u)) & vec4u(0x7ffu);
  let fraction = high & vec4u(0xfffffu);
  let zero = field == vec4u();
  let special = field == vec4u(0x7ffu);
  let specialExponent = select(vec4i(WIDE_INFINITY), vec4i(WIDE_NAN), (fraction | low) != vec4u());
  let exponent = select(vec4i(field) - vec4i(1023), vec4i(WIDE_ZERO), zero);
  let hi = vec4u(0x80000000u) | (fraction << vec4u(11u)) | (low >> vec4u(21u));
  return Wide(
    high & vec4u(0x80000000u),
    select(exponent, specialExponent, special),
    select(hi, vec4u(), zero),
    select(low << vec4u(11u), vec4u(), zero),
  );
}

// One float64 four times.
fn wideOfPair(bits: vec2u) -> Wide {
  return wideOfBits(vec4u(bits.x), vec4u(bits.y));
}

// As float64 lies in memory.
fn wideBits(a: Wide) -> Words2 {
  let field = vec4u(clamp(a.exponent + vec4i(1023), vec4i(1), vec4i(2047))) << vec4u(20u);
  let high = a.sign | field | ((a.hi >> vec4u(11u)) & vec4u(0xfffffu));
  let low = (a.lo >> vec4u(11u)) | (a.hi << vec4u(21u));
  let zero = a.exponent < vec4i(-1022);
  let infinite = a.exponent > vec4i(1023);
  let nan = wideIsNan(a);
  let finiteHigh = select(high, a.sign, zero);
  let special = select(a.sign | vec4u(0x7ff00000u), vec4u(0x7ff80000u), nan);
  return Words2(select(finiteHigh, special, infinite), select(low, vec4u(), zero | infinite));
}

// The first number as a float64 the way it lies in memory: x low, y high.
fn wideFirstBits(a: Wide) -> vec2u {
  let bits = wideBits(a);
  return vec2u(bits.lo.x, bits.hi.x);
}
