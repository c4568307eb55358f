/** Elements of an operand as float32, a block at a time, exactly. */

import { BF16, BLOCK, F16, Operand, operandAt, operandCount } from './layout';

/** Decodes block `block` of the run of every staged operand. */
export function readBlocks(block: i32): void {
  for (let k = 0; k < operandCount; k++) {
    const operand = operandAt(k);
    if (operand.staged) readBlock(operand, block);
  }
}

/** Twin: decode in lib/dtypes.wgsl. */
function readBlock(operand: Operand, block: i32): void {
  const target = operand.values;
  if (operand.dtype == BF16) widenBrain(operand.raw + block * BLOCK * 2, target);
  else if (operand.dtype == F16) widenHalf(operand.raw + block * BLOCK * 2, target);
  else memory.copy(target, operand.raw + block * BLOCK * 4, BLOCK * 4);
}

function widenBrain(source: usize, target: usize): void {
  const zero = i32x4.splat(0);
  for (let i = 0; i < BLOCK; i += 8) {
    const halves = v128.load(source + i * 2);
    v128.store(target + i * 4, i16x8.shuffle(zero, halves, 0, 8, 0, 9, 0, 10, 0, 11));
    v128.store(target + i * 4, i16x8.shuffle(zero, halves, 0, 12, 0, 13, 0, 14, 0, 15), 16);
  }
}

/**
 * Integer work alone but for subnormals, which a subtraction of 2^-14 from 2^-14 + size normalises exactly (F. Giesen,
 * "half to float done quick", 2012).
 */
function widenHalf(source: usize, target: usize): void {
  const sizeBits = i32x4.splat(0x7fff);
  const exponentBits = i32x4.splat(0x1f << 23);
  const rebias = i32x4.splat((127 - 15) << 23);
  const oneStep = i32x4.splat(1 << 23);
  const leastNormal = i32x4.splat(113 << 23);
  const zero = i32x4.splat(0);
  for (let i = 0; i < BLOCK; i += 4) {
    const half = v128.load16x4_u(source + i * 2);
    const size = i32x4.shl(v128.and(half, sizeBits), 13);
    const exponent = v128.and(size, exponentBits);
    const isSpecial = i32x4.eq(exponent, exponentBits);
    const isSubnormal = i32x4.eq(exponent, zero);
    const normal = i32x4.add(i32x4.add(size, rebias), v128.and(isSpecial, rebias));
    const subnormal = f32x4.sub(i32x4.add(normal, oneStep), leastNormal);
    const value = v128.bitselect(subnormal, normal, isSubnormal);
    const sign = i32x4.shl(v128.andnot(half, sizeBits), 16);
    v128.store(target + i * 4, v128.or(value, sign));
  }
}
