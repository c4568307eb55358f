/**
 * What a merge found in its inputs and made of them: NaN and infinity, tensors that are all zero, and norms against the
 * parents. Tensors are folded in one by one as they are finished, so the report stays small however large the model is.
 */

import { isInputDtype, isMergeDtype } from '../base/dtype.ts';
import { addCensus, type Census, censusOf, EMPTY_CENSUS } from '../kernels/cpu/census.ts';
import type { PlannedTensor } from '../plan/types.ts';
import type { BadTensor, HealthReport, NormRatio } from './health-report.ts';
import { Intervals } from './intervals.ts';
import { kernelOperand, type StoredOperand } from './kernel-operand.ts';

/** Names kept of each list; what is beyond them is only counted. */
const NAMED = 20;

/** The report of a run, kept while tensors come and go. */
export class Health {
  #report: HealthReport;
  readonly #models: readonly string[];
  readonly #open = new Map<PlannedTensor, TensorExam>();

  /** @param report what earlier visits found. @param models names of the plan's models, by index. */
  constructor(report: HealthReport, models: readonly string[]) {
    this.#report = report;
    this.#models = models;
  }

  get report(): HealthReport {
    return this.#report;
  }

  examOf(tensor: PlannedTensor): TensorExam {
    let exam = this.#open.get(tensor);
    if (exam === undefined) {
      exam = new TensorExam(tensor);
      this.#open.set(tensor, exam);
    }
    return exam;
  }

  /** Takes a tensor into the report once all of its output was seen; a large one comes in several pieces. */
  settle(tensor: PlannedTensor): void {
    const exam = this.#open.get(tensor);
    if (exam === undefined || !exam.isComplete) return;
    this.#open.delete(tensor);
    this.#report = withTensor(this.#report, tensor, exam, this.#models);
  }
}

/** One tensor on its way. Elements that are read or made again (another pass, a lost device) count once. */
export class TensorExam {
  readonly #tensor: PlannedTensor;
  readonly #read = new Intervals();
  readonly #made = new Intervals();
  readonly inputs: Census[];
  output: Census = EMPTY_CENSUS;

  constructor(tensor: PlannedTensor) {
    this.#tensor = tensor;
    this.inputs = tensor.inputs.map(() => EMPTY_CENSUS);
  }

  get isComplete(): boolean {
    return this.#made.covers(0, this.#tensor.elementCount);
  }

  /** Sees the operands of elements from `first` on, as they are stored. */
  seeInputs(first: number, elementCount: number, operands: readonly StoredOperand[]): void {
    if (this.#read.covers(first, first + elementCount)) return;
    this.#read.add(first, first + elementCount);
    for (const [at, operand] of operands.entries()) {
      this.inputs[at] = addCensus(this.inputs[at] ?? EMPTY_CENSUS, countOf(operand));
    }
  }

  /** Sees elements of the output from `first` on. */
  seeOutput(first: number, elementCount: number, bytes: Uint8Array): void {
    if (this.#made.covers(first, first + elementCount)) return;
    this.#made.add(first, first + elementCount);
    this.output = addCensus(this.output, countOf({ dtype: this.#tensor.dtype, bytes }));
  }
}

/** Integers and booleans count as nothing. */
function countOf(operand: StoredOperand): Census {
  const { dtype } = operand;
  if (isMergeDtype(dtype)) return censusOf({ dtype, bytes: operand.bytes });
  return isInputDtype(dtype) ? censusOf(kernelOperand(operand)) : EMPTY_CENSUS;
}

/** The report with one more tensor. */
function withTensor(
  report: HealthReport,
  tensor: PlannedTensor,
  { inputs, output }: Pick<TensorExam, 'inputs' | 'output'>,
  models: readonly string[],
): HealthReport {
  if (!isInputDtype(tensor.dtype) || tensor.elementCount === 0) return report;
  let next: HealthReport = { ...report, examinedTensors: report.examinedTensors + 1 };
  for (const [at, census] of inputs.entries()) {
    const bad = badTensor(
      tensor.inputs[at]?.tensor ?? '',
      models[tensor.inputs[at]?.model ?? -1] ?? null,
      census,
    );
    if (
      bad !== null &&
      !next.badInputs.some((known) => known.tensor === bad.tensor && known.model === bad.model)
    ) {
      const badInputs = [...next.badInputs, bad].slice(0, NAMED);
      next = { ...next, badInputs, badInputCount: next.badInputCount + 1 };
    }
  }
  const bad = badTensor(tensor.name, null, output);
  if (bad !== null && !next.badOutputs.some((known) => known.tensor === bad.tensor)) {
    const badOutputs = [...next.badOutputs, bad].slice(0, NAMED);
    next = { ...next, badOutputs, badOutputCount: next.badOutputCount + 1 };
  }
  if (!output.hasValues && !next.zeroTensors.includes(tensor.name)) {
    const zeroTensors = [...next.zeroTensors, tensor.name].slice(0, NAMED);
    next = { ...next, zeroTensors, zeroTensorCount: next.zeroTensorCount + 1 };
  }
  const ratio = normRatio(inputs, output);
  if (ratio === null) return next;
  const own: NormRatio = { tensor: tensor.name, ratio };
  return {
    ...next,
    leastNorm: next.leastNorm === null || ratio < next.leastNorm.ratio ? own : next.leastNorm,
    mostNorm: next.mostNorm === null || ratio > next.mostNorm.ratio ? own : next.mostNorm,
  };
}

function badTensor(tensor: string, model: string | null, census: Census): BadTensor | null {
  const { nanCount, infiniteCount } = census;
  return nanCount + infiniteCount === 0 ? null : { tensor, model, nanCount, infiniteCount };
}

/** Norm of the output over the mean norm of the inputs; null where that is zero. */
function normRatio(inputs: readonly Census[], output: Census): number | null {
  const norms = inputs.map(({ squares }) => Math.sqrt(squares));
  const mean = norms.reduce((sum, norm) => sum + norm, 0) / norms.length;
  return mean > 0 ? Math.sqrt(output.squares) / mean : null;
}
