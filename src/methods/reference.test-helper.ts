/** Runs a method's program over plain arrays with statistics and passes written the obvious way, in f64. */

import type { ConsensusSpec, DeltaRule, DeltaSums, KeepRule, MagnitudeCut } from '../kernels/types.ts';
import type { FinalPass, MethodDefinition, TensorInputs, TensorMath } from './types.ts';

type Values = Record<string, number | null>;

export interface Operand {
  readonly data: readonly number[];
  readonly parameters?: Values;
}

export interface RunOptions {
  readonly base?: number;
  readonly globals?: Values;
}

/** The inputs as the plan would hand them over, defaults filled in. */
export function inputsOf(
  method: MethodDefinition,
  operands: readonly Operand[],
  { base, globals = {} }: RunOptions = {},
): TensorInputs {
  const elementCount = operands[0]?.data.length ?? 0;
  const filled = (scope: 'model' | 'global', given: Values): Values => {
    const values: Values = {};
    for (const parameter of method.parameters) {
      if (parameter.scope === scope)
        values[parameter.name] = given[parameter.name] ?? parameter.default ?? null;
    }
    return values;
  };
  return {
    base: base ?? null,
    operandCount: operands.length,
    modelParameters: operands.map((operand) => filled('model', operand.parameters ?? {})),
    globalParameters: filled('global', globals),
    elementCount,
    shape: [elementCount],
    maskKeys: operands.map((_, index) => [index + 1, 7] as const),
    tensorName: 'model.norm.weight',
  };
}

/** Merges and returns the values. Fails when a program that promised one pass asks for statistics. */
export async function run(
  method: MethodDefinition,
  operands: readonly Operand[],
  options: RunOptions = {},
): Promise<{ values: number[]; pass: FinalPass }> {
  const inputs = inputsOf(method, operands, options);
  const data = operands.map((operand) => operand.data);
  const asked: string[] = [];
  const pass = await method.merge(mathOf(data, asked), inputs);
  if (asked.length > 0 !== method.readsTwice(inputs)) {
    throw new Error(`readsTwice is ${method.readsTwice(inputs)}, but asked for: ${asked.join(', ')}`);
  }
  return { values: apply(pass, data), pass };
}

/** Stand-in for the random mask: keeps elements whose index is even. */
function isKept(rule: KeepRule, magnitude: number, index: number): boolean {
  if (rule.kind === 'largest') {
    const bits = bitsOf(magnitude);
    return bits > rule.cut.magnitude || (bits === rule.cut.magnitude && index < rule.cut.ties);
  }
  return rule.kind === 'random' ? index % 2 === 0 : rule.kind === 'all';
}

function bitsOf(magnitude: number): number {
  return new Uint32Array(new Float32Array([Math.abs(magnitude)]).buffer)[0] ?? 0;
}

function deltaOf(data: readonly (readonly number[])[], operand: number, base: number | null): number[] {
  const from = base === null ? undefined : data[base];
  return (data[operand] ?? []).map((value, index) => value - (from?.[index] ?? 0));
}

function mathOf(data: readonly (readonly number[])[], asked: string[]): TensorMath {
  return {
    async gram(base) {
      asked.push('gram');
      const rows = data.map((_, operand) => deltaOf(data, operand, base));
      return Float64Array.from(
        rows.flatMap((a) =>
          rows.map((b) => a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)),
        ),
      );
    },
    async selectLargest(operand, base, count): Promise<MagnitudeCut> {
      asked.push('select');
      const order = deltaOf(data, operand, base)
        .map((value, index) => ({ bits: bitsOf(value), index }))
        .sort((a, b) => b.bits - a.bits || a.index - b.index);
      const last = order[count - 1];
      if (last === undefined) throw new Error(`cannot keep ${count} of ${order.length}`);
      return { magnitude: last.bits, ties: last.index + 1 };
    },
    async sums(base, rules): Promise<DeltaSums[]> {
      asked.push('sums');
      return rules.map(({ operand, keep }) => {
        const magnitudes = deltaOf(data, operand, base).map(Math.abs);
        const kept = magnitudes.filter((magnitude, index) => isKept(keep, magnitude, index));
        const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
        return { absAll: total(magnitudes), absKept: total(kept), keptCount: kept.length };
      });
    },
  };
}

function apply(pass: FinalPass, data: readonly (readonly number[])[]): number[] {
  if (pass.kind === 'copy') return [...(data[pass.operand] ?? [])];
  const elements = [...(data[0] ?? []).keys()];
  const baseData = pass.base === null ? undefined : data[pass.base];
  if (pass.kind === 'combine') {
    const rows = data.map((_, operand) => deltaOf(data, operand, pass.base));
    return elements.map((index) =>
      rows.reduce(
        (sum, row, operand) => sum + (pass.coefficients[operand] ?? 0) * (row[index] ?? 0),
        baseData?.[index] ?? 0,
      ),
    );
  }
  return elements.map((index) => (baseData?.[index] ?? 0) + pass.lambda * mixed(pass, data, index));
}

function mixed(pass: ConsensusSpec, data: readonly (readonly number[])[], index: number): number {
  const term = (rule: DeltaRule): number => {
    const delta = deltaOf(data, rule.operand, pass.base)[index] ?? 0;
    return isKept(rule.keep, delta, index) ? delta * rule.scale * rule.weight : 0;
  };
  const terms = pass.rules.map((rule) => ({ value: term(rule), weight: rule.weight }));
  const total = terms.reduce((sum, { value }) => sum + value, 0);
  const agreeing = pass.signVote
    ? terms.filter(({ value }) => Math.sign(value) === (total >= 0 ? 1 : -1))
    : terms;
  const sum = agreeing.reduce((part, { value }) => part + value, 0);
  const weights = agreeing.reduce((part, { weight }) => part + weight, 0);
  const divisor = weights === 0 || (!pass.signVote && Math.abs(weights) < 1e-8) ? 1 : weights;
  return pass.normalize ? sum / divisor : sum;
}
