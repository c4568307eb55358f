/** Every whole-tensor statistic over plain arrays, written the obvious way. */

import type { Grouping } from '../kernels/types.ts';
import { type Data, deltaOf, dot, keptBy, scoresOf } from './reference-scores.test-helper.ts';
import type { TensorMath } from './types.ts';

/** What a program asked for. */
export interface Asked {
  readonly asked: string[];
  /** Lengths of the rows that must be whole for it. */
  readonly rows: Set<number>;
}

/** The indexes of each group's elements. */
function groupsOf(grouping: Grouping, elementCount: number): number[][] {
  const count = grouping.kind === 'columns' ? grouping.count : elementCount / grouping.length;
  const groups = Array.from({ length: count }, (): number[] => []);
  for (let index = 0; index < elementCount; index++) {
    const group = grouping.kind === 'columns' ? index % count : Math.floor(index / grouping.length);
    groups[group]?.push(index);
  }
  return groups;
}

function softmax(row: readonly number[]): number[] {
  const most = Math.max(...row);
  const powers = row.map((value) => Math.exp(value - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum + 1e-8);
}

export function referenceMath(data: Data, { asked, rows }: Asked): TensorMath {
  const elementCount = data[0]?.length ?? 0;
  const products = (vectors: readonly (readonly number[])[]): number[] =>
    vectors.flatMap((a) => vectors.map((b) => dot(a, b)));
  const deltas = (base: number | null): number[][] => data.map((_, operand) => deltaOf(data, operand, base));
  return {
    async gram(base) {
      asked.push('gram');
      return Float64Array.from(products(deltas(base)));
    },
    async groupGram(base, grouping) {
      asked.push('groupGram');
      if (grouping.kind === 'rows') rows.add(grouping.length);
      const whole = deltas(base);
      return Float64Array.from(
        groupsOf(grouping, elementCount).flatMap((indexes) =>
          products(whole.map((delta) => indexes.map((index) => delta[index] ?? 0))),
        ),
      );
    },
    async selectLargest(wishes) {
      asked.push('selectLargest');
      return wishes.map(({ score, count }) => {
        const order = scoresOf(data, score)
          .map((bits, index) => ({ bits, index }))
          .sort((a, b) => b.bits - a.bits || a.index - b.index);
        const last = order[count - 1];
        if (last === undefined) throw new Error(`cannot keep ${count} of ${order.length}`);
        return { magnitude: last.bits, ties: last.index + 1 };
      });
    },
    async countZeros(score) {
      asked.push('countZeros');
      return scoresOf(data, score).filter((bits) => bits === 0).length;
    },
    async sums(base, rules, measure) {
      asked.push('sums');
      return rules.map(({ operand, keep }) => {
        const values = deltaOf(data, operand, base).map((value) =>
          measure === 'square' ? value * value : Math.abs(value),
        );
        const isKept = keptBy(data, base, operand, keep);
        const kept = values.filter((_, index) => isKept[index]);
        const total = (parts: readonly number[]): number => parts.reduce((sum, part) => sum + part, 0);
        return { all: total(values), kept: total(kept), keptCount: kept.length };
      });
    },
    async overlaps(base, threshold) {
      asked.push('overlaps');
      const active = deltas(base).map((delta) =>
        delta.map((value) => Math.fround(Math.abs(value)) > threshold),
      );
      const counts = Array.from(
        { length: elementCount },
        (_, index) => active.filter((each) => each[index]).length,
      );
      return active.map((each) => ({
        unique: each.filter((isActive, index) => isActive && counts[index] === 1).length,
        shared: each.filter((isActive, index) => isActive && (counts[index] ?? 0) > 1).length,
      }));
    },
    async rowDivergence(operand, base, rowLength) {
      asked.push('rowDivergence');
      rows.add(rowLength);
      return Float64Array.from(
        groupsOf({ kind: 'rows', length: rowLength }, elementCount).map((indexes) => {
          const [p, q] = [operand, base].map((each) =>
            softmax(indexes.map((index) => data[each]?.[index] ?? 0)),
          );
          const sum = (p ?? []).reduce(
            (total, part, at) => total + part * Math.log(part / (q?.[at] ?? 1)),
            0,
          );
          return Math.max(0, sum);
        }),
      );
    },
  };
}
