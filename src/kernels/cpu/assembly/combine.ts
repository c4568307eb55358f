/** y = sum c_k x_k, or base + sum c_k (x_k - base), in f64 and in operand order. */

import { readBlocks } from './decode';
import { encodeBlock } from './encode';
import { promote } from './lanes';
import {
  BLOCK,
  blocksOf,
  F32,
  OPERAND_BYTES,
  Operand,
  operandAt,
  operandCount,
  operands,
  outputAt,
  totals,
  valuesOf,
} from './layout';

/** Combines a run of `count` elements to the output; `base` is -1 for none. Twin: combine.wgsl. */
export function combine(count: i32, base: i32, out: i32): void {
  const blockBytes = BLOCK * (out == F32 ? 4 : 2);
  for (let block = 0; block < blocksOf(count); block++) {
    readBlocks(block);
    if (base < 0) addTerms();
    else addDeltas(base);
    encodeBlock(out, outputAt() + block * blockBytes);
  }
}

/** Sums start from -0, the neutral element of addition. */
function addTerms(): void {
  const end = operands + operandCount * OPERAND_BYTES;
  for (let i = 0; i < BLOCK; i += 8) {
    let sum0 = f64x2.splat(-0.0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    for (let at = operands; at < end; at += OPERAND_BYTES) {
      const operand = changetype<Operand>(at);
      const from = operand.values + i * 4;
      const c = f64x2.splat(operand.coefficient);
      sum0 = f64x2.add(sum0, f64x2.mul(c, promote(from)));
      sum1 = f64x2.add(sum1, f64x2.mul(c, promote(from + 8)));
      sum2 = f64x2.add(sum2, f64x2.mul(c, promote(from + 16)));
      sum3 = f64x2.add(sum3, f64x2.mul(c, promote(from + 24)));
    }
    const to = totals + i * 8;
    v128.store(to, sum0);
    v128.store(to, sum1, 16);
    v128.store(to, sum2, 32);
    v128.store(to, sum3, 48);
  }
}

function addDeltas(base: i32): void {
  const bases = valuesOf(base);
  const skipped = changetype<usize>(operandAt(base));
  const end = operands + operandCount * OPERAND_BYTES;
  for (let i = 0; i < BLOCK; i += 8) {
    const base0 = promote(bases + i * 4);
    const base1 = promote(bases + i * 4 + 8);
    const base2 = promote(bases + i * 4 + 16);
    const base3 = promote(bases + i * 4 + 24);
    let sum0 = f64x2.splat(-0.0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    for (let at = operands; at < end; at += OPERAND_BYTES) {
      if (at == skipped) continue;
      const operand = changetype<Operand>(at);
      const from = operand.values + i * 4;
      const c = f64x2.splat(operand.coefficient);
      sum0 = f64x2.add(sum0, f64x2.mul(c, f64x2.sub(promote(from), base0)));
      sum1 = f64x2.add(sum1, f64x2.mul(c, f64x2.sub(promote(from + 8), base1)));
      sum2 = f64x2.add(sum2, f64x2.mul(c, f64x2.sub(promote(from + 16), base2)));
      sum3 = f64x2.add(sum3, f64x2.mul(c, f64x2.sub(promote(from + 24), base3)));
    }
    const to = totals + i * 8;
    v128.store(to, f64x2.add(base0, sum0));
    v128.store(to, f64x2.add(base1, sum1), 16);
    v128.store(to, f64x2.add(base2, sum2), 32);
    v128.store(to, f64x2.add(base3, sum3), 48);
  }
}
