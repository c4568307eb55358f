/** Hands the rules of a kernel to the machine. */

import { ruleFactor } from '../shared/factors.ts';
import type { DeltaRule, KeepRule } from '../types.ts';
import { machine } from './machine.ts';

export function setRules(rules: readonly DeltaRule[]): void {
  rules.forEach((rule, index) => {
    machine().setRule(index, rule.operand, ruleFactor(rule), rule.scale, rule.weight);
    setKeep(rule.keep, index);
  });
}

function setKeep(keep: KeepRule, index: number): void {
  const wasm = machine();
  if (keep.kind === 'all') wasm.keepAll(index);
  else if (keep.kind === 'largest') wasm.keepLargest(index, keep.cut.magnitude, keep.cut.ties);
  else if (keep.kind === 'none' || keep.threshold < 1) wasm.keepNone(index);
  else wasm.keepRandom(index, keep.key[0], keep.key[1], keep.threshold - 1);
}
