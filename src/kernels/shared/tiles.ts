/** What every kernel asks of a tile before it starts, and which operands it reads. */

import { GraftError } from '../../base/errors.ts';
import type { DeltaRule, KeepRule, Tile } from '../types.ts';
import { operandsOfScore } from './scores.ts';

/** What a kernel answers to a tile that its engine does not hold. */
export function notHeld(): GraftError {
  return new GraftError('Internal', 'The tile was released or belongs to another engine.');
}

/** Throws `Internal` when the tile lacks one of the operands. */
export function checkOperands({ operandCount }: Pick<Tile, 'operandCount'>, used: readonly number[]): void {
  const absent = used.find((index) => index < 0 || index >= operandCount);
  if (absent !== undefined) throw new GraftError('Internal', `The tile has no operand ${absent}.`);
}

/** Throws `Internal` when the tile cuts a row of `rowLength` elements. */
export function checkWholeRows({ firstIndex, elementCount }: Tile, rowLength: number): void {
  if (firstIndex % rowLength === 0 && elementCount % rowLength === 0) return;
  throw new GraftError(
    'Internal',
    `Elements ${firstIndex} to ${firstIndex + elementCount} are not whole rows of ${rowLength}.`,
  );
}

export function everyOperand({ operandCount }: Tile): number[] {
  return Array.from({ length: operandCount }, (_, index) => index);
}

/** The operands that rules against `base` read, scores included; some of them twice. */
export function operandsOfRules(base: number, rules: readonly DeltaRule[], operandCount: number): number[] {
  return [base, ...rules.flatMap(({ operand, keep }) => [operand, ...operandsOfKeep(keep, operandCount)])];
}

function operandsOfKeep(keep: KeepRule, operandCount: number): number[] {
  return keep.kind === 'largest' && keep.score ? operandsOfScore(keep.score, operandCount) : [];
}
