/** Runs a method's program over plain arrays with statistics and passes written the obvious way, in f64. */

import { applyPass } from './reference-passes.test-helper.ts';
import { referenceMath } from './reference-statistics.test-helper.ts';
import type { FinalPass, MethodDefinition, TensorInputs } from './types.ts';

type Values = Record<string, number | null>;

export interface Operand {
  readonly data: readonly number[];
  readonly parameters?: Values;
}

export interface RunOptions {
  readonly base?: number;
  readonly globals?: Values;
  /** One axis when absent. */
  readonly shape?: readonly number[];
}

/** The inputs as the plan would hand them over, defaults filled in. */
export function inputsOf(
  method: MethodDefinition,
  operands: readonly Operand[],
  { base, globals = {}, shape }: RunOptions = {},
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
    shape: shape ?? [elementCount],
    maskKeys: operands.map((_, index) => [index + 1, 7] as const),
    tensorName: 'model.norm.weight',
  };
}

/**
 * Merges and returns the values, and what the program asked for. Fails when a program that promised one pass asks for
 * statistics, or the other way round; when it copies although it asked, which would read the inputs a third time; and when
 * it needs whole rows that it did not ask for.
 */
export async function run(
  method: MethodDefinition,
  operands: readonly Operand[],
  options: RunOptions = {},
): Promise<{ values: number[]; pass: FinalPass; asked: readonly string[] }> {
  const inputs = inputsOf(method, operands, options);
  const data = operands.map((operand) => operand.data);
  const asked: string[] = [];
  const rows = new Set<number>();
  const pass = await method.merge(referenceMath(data, { asked, rows }), inputs);
  if (asked.length > 0 !== method.readsTwice(inputs)) {
    throw new Error(`readsTwice is ${method.readsTwice(inputs)}, but asked for: ${asked.join(', ')}`);
  }
  if (pass.kind === 'copy' && asked.length > 0) throw new Error('a copy after statistics');
  for (const length of rowsOf(pass)) rows.add(length);
  const whole = method.wholeRows?.(inputs) ?? null;
  if ([...rows].some((length) => length !== whole)) {
    throw new Error(`wholeRows is ${whole}, but needs ${[...rows].join(', ')}`);
  }
  return { values: applyPass(pass, data), pass, asked };
}

/** Lengths of the rows a final pass needs whole. */
function rowsOf(pass: FinalPass): number[] {
  if (pass.kind === 'combine') return pass.grouping?.kind === 'rows' ? [pass.grouping.length] : [];
  if (pass.kind !== 'consensus') return [];
  return pass.rules.flatMap(({ keep }) => (keep.kind === 'ranked' ? [keep.thresholds.length] : []));
}
