/** The kernels that write elements. */

import type { OutputDtype } from '../../base/dtype.ts';
import { dividesPerElement, mixFactor } from '../shared/factors.ts';
import { checkWholeRows, everyOperand } from '../shared/tiles.ts';
import type { CombineSpec, ConsensusSpec, Grouping, PickSpec } from '../types.ts';
import { columnsBytes, rowsBytes, stageColumns, stageRows } from './groups.ts';
import { machine } from './machine.ts';
import { openRules } from './rules.ts';
import { encodeRuns, NO_BASE, reserve } from './runs.ts';
import { floatBits } from './statistics.ts';
import type { CpuTile } from './tile.ts';

export function combine(tile: CpuTile, spec: CombineSpec, out: OutputDtype): Uint8Array<ArrayBuffer> {
  const input = { tile, used: everyOperand(tile) };
  const base = spec.base ?? NO_BASE;
  if (spec.grouping !== undefined) return combineGroups(tile, spec, spec.grouping, out);
  reserve(input, {});
  setCoefficients(input.used, spec.coefficients);
  return encodeRuns(input, out, (_start, count, code) => machine().combine(count, base, code));
}

function combineGroups(
  tile: CpuTile,
  spec: CombineSpec,
  grouping: Grouping,
  out: OutputDtype,
): Uint8Array<ArrayBuffer> {
  const input = { tile, used: everyOperand(tile) };
  const { operandCount, firstIndex } = tile;
  const { coefficients } = spec;
  const table = coefficients instanceof Float64Array ? coefficients : Float64Array.from(coefficients);
  const base = spec.base ?? NO_BASE;
  const wasm = machine();
  if (grouping.kind === 'rows') {
    const { length } = grouping;
    checkWholeRows(tile, length);
    reserve(input, { tableBytes: rowsBytes(operandCount, length) });
    return encodeRuns(input, out, (start, count, code) => {
      const offset = stageRows(wasm.tableAt(), table, operandCount, length, firstIndex + start, count);
      wasm.combineRows(count, base, code, length, offset);
    });
  }
  const columns = grouping.count;
  reserve(input, { tableBytes: columnsBytes(operandCount, columns) });
  return encodeRuns(input, out, (start, count, code) => {
    stageColumns(wasm.tableAt(), table, operandCount, columns, firstIndex + start, count);
    wasm.combineColumns(count, base, code, columns);
  });
}

function setCoefficients(used: readonly number[], coefficients: ArrayLike<number>): void {
  for (const index of used) machine().setCoefficient(index, coefficients[index] ?? 0);
}

export function consensus(tile: CpuTile, spec: ConsensusSpec, out: OutputDtype): Uint8Array<ArrayBuffer> {
  const { base, rules, signVote, leastDivisor = 0 } = spec;
  const runs = openRules(tile, base, rules, false);
  const divides = dividesPerElement(spec);
  const factor = mixFactor(spec);
  return encodeRuns(runs.input, out, (start, count, code) => {
    runs.before(start, count);
    const first = tile.firstIndex + start;
    machine().consensus(count, first, base, signVote, divides, leastDivisor, factor, code);
  });
}

export function pick(tile: CpuTile, spec: PickSpec, out: OutputDtype): Uint8Array<ArrayBuffer> {
  const used = spec.kind === 'near' ? [spec.base, spec.operand] : everyOperand(tile);
  const input = { tile, used };
  reserve(input, {});
  if (spec.kind === 'active') setCoefficients(used, spec.uniqueFactors);
  if (spec.kind === 'farthest') setCoefficients(used, spec.coefficients);
  return encodeRuns(input, out, (_start, count, code) => pickRun(spec, count, code));
}

function pickRun(spec: PickSpec, count: number, out: number): void {
  const wasm = machine();
  if (spec.kind === 'near') wasm.pickNear(count, spec.base, spec.operand, spec.t, out);
  else if (spec.kind === 'active') wasm.pickActive(count, spec.base, floatBits(spec.threshold), out);
  else if (spec.kind === 'farthest') wasm.pickFarthest(count, spec.base, out);
  else wasm.pickTrimmed(count, spec.base ?? NO_BASE, spec.trim, spec.lambda, out);
}
