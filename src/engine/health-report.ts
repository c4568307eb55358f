/** The health report of a run: what it holds, and its words for the page, the log and the command line. */

import { formatCount } from '../base/units.ts';

export interface BadTensor {
  readonly tensor: string;
  /** Null: the merged model itself. */
  readonly model: string | null;
  readonly nanCount: number;
  readonly infiniteCount: number;
}

export interface NormRatio {
  readonly tensor: string;
  /** Norm of the merged tensor over the mean norm of its inputs. */
  readonly ratio: number;
}

/** What the merge found and made; lists hold the first twenty, counts all. */
export interface HealthReport {
  /** Less than the merge has when it was interrupted in between. */
  readonly examinedTensors: number;
  readonly badInputs: readonly BadTensor[];
  readonly badInputCount: number;
  readonly badOutputs: readonly BadTensor[];
  readonly badOutputCount: number;
  readonly zeroTensors: readonly string[];
  readonly zeroTensorCount: number;
  readonly leastNorm: NormRatio | null;
  readonly mostNorm: NormRatio | null;
}

export const EMPTY_HEALTH: HealthReport = {
  examinedTensors: 0,
  badInputs: [],
  badInputCount: 0,
  badOutputs: [],
  badOutputCount: 0,
  zeroTensors: [],
  zeroTensorCount: 0,
  leastNorm: null,
  mostNorm: null,
};

/** Ratios to the parents' mean norm outside these bounds are worth a look. */
const USUAL_NORM = { least: 0.5, most: 2 };

/** `3 NaN in model.norm.weight of owner/model` */
export function badTensorWords({ tensor, model, nanCount, infiniteCount }: BadTensor): string {
  const counts = [
    nanCount > 0 ? `${formatCount(nanCount)} NaN` : null,
    infiniteCount > 0 ? `${formatCount(infiniteCount)} infinite` : null,
  ].filter((count) => count !== null);
  return `${counts.join(' and ')} in ${tensor}${model === null ? '' : ` of ${model}`}`;
}

/** Whether there is anything to worry about. */
export function isHealthy({ badInputCount, badOutputCount, leastNorm, mostNorm }: HealthReport): boolean {
  if (badInputCount + badOutputCount > 0) return false;
  return (leastNorm?.ratio ?? 1) >= USUAL_NORM.least && (mostNorm?.ratio ?? 1) <= USUAL_NORM.most;
}

/** One line: NaN, infinity, all-zero tensors, norms against the parents. */
export function healthLine(report: HealthReport, tensorCount: number): string {
  const { examinedTensors, badInputCount, badOutputs, badOutputCount, zeroTensors, zeroTensorCount } = report;
  const parts = [
    badOutputCount === 0
      ? 'no NaN or infinity'
      : `NaN or infinity in ${tensors(badOutputCount)} (${badOutputs.slice(0, 2).map(badTensorWords).join('; ')})`,
    ...(badInputCount > 0 ? [`${tensors(badInputCount)} of the parents with NaN or infinity`] : []),
    zeroTensorCount === 0
      ? 'no tensor is all zero'
      : `${tensors(zeroTensorCount)} all zero (${zeroTensors.slice(0, 2).join(', ')}${zeroTensorCount > 2 ? ', …' : ''})`,
    ...normWords(report),
    ...(examinedTensors < tensorCount
      ? [`${examinedTensors} of ${tensors(tensorCount)} examined, the rest before the run was interrupted`]
      : []),
  ];
  const line = parts.join('; ');
  return `${line.charAt(0).toUpperCase()}${line.slice(1)}.`;
}

function normWords({ leastNorm, mostNorm }: HealthReport): string[] {
  if (leastNorm === null || mostNorm === null) return [];
  const range = `norms ${leastNorm.ratio.toFixed(2)} to ${mostNorm.ratio.toFixed(2)} times the parents' mean`;
  const far = [
    ...(leastNorm.ratio < USUAL_NORM.least ? [`least in ${leastNorm.tensor}`] : []),
    ...(mostNorm.ratio > USUAL_NORM.most ? [`most in ${mostNorm.tensor}`] : []),
  ];
  return [far.length === 0 ? range : `${range} (${far.join(', ')})`];
}

function tensors(count: number): string {
  return count === 1 ? '1 tensor' : `${count} tensors`;
}
