/** Hands the rules of a kernel to the machine. */

import { ruleFactor, voteWeight } from '../shared/factors.ts';
import { operandsOfRules } from '../shared/tiles.ts';
import type { DeltaRule, Score } from '../types.ts';
import { isRandom, knownBits, newBits } from './draws.ts';
import { machine, machineBytes } from './machine.ts';
import { type RunInput, reserve } from './runs.ts';
import { distinctScores, factorsBytes, indexOfScore, setScores } from './scores.ts';
import type { CpuTile } from './tile.ts';

/** What a kernel under rules goes through. */
export interface RuleRuns {
  readonly input: RunInput;
  /** To be called before and after each run, with its first element's index in the tile and its length. */
  before(start: number, count: number): void;
  after(start: number, count: number): void;
}

/**
 * Readies the machine for a kernel under `rules`. A random mask is drawn run by run; with `records` it is kept with the
 * tile for the kernels that follow. A mask by ranks is drawn here, and kept.
 */
export function openRules(
  tile: CpuTile,
  base: number,
  rules: readonly DeltaRule[],
  records: boolean,
): RuleRuns {
  const input = { tile, used: operandsOfRules(base, rules, tile.operandCount) };
  // First of all, because drawing by ranks is a kernel of its own.
  const known = rules.map((rule) => knownBits(tile, base, rule));
  const scores = distinctScores(rules.flatMap((rule) => scoreOf(rule, base) ?? []));
  reserve(input, { scores: scores.length, rules: rules.length, tableBytes: factorsBytes(scores) });
  const stageScores = setScores(scores);
  const recorded = rules.map((rule, index) =>
    records && known[index] === null && isRandom(rule.keep) ? newBits(tile, base, rule) : null,
  );
  rules.forEach((rule, index) => {
    machine().setRule(index, rule.operand, ruleFactor(rule), rule.scale, rule.weight, voteWeight(rule));
    if (known[index]) machine().keepBits(index);
    else setKeep(index, rule, indexOfScore(scores, scoreOf(rule, base)), recorded[index] !== null);
  });
  return {
    input,
    before(start, count) {
      stageScores(tile.firstIndex + start, count);
      known.forEach((bits, index) => {
        if (bits) machineBytes().set(bitsOfRun(bits, start, count), machine().bitsAt(index));
      });
    },
    after(start, count) {
      recorded.forEach((bits, index) => {
        if (!bits) return;
        const place = machine().bitsAt(index);
        bits.set(machineBytes().subarray(place, place + Math.ceil(count / 8)), start / 8);
      });
    },
  };
}

function bitsOfRun(bits: Uint8Array, start: number, count: number): Uint8Array {
  return bits.subarray(start / 8, start / 8 + Math.ceil(count / 8));
}

/** What a rule cuts by; null when it does not cut. */
function scoreOf({ operand, keep }: DeltaRule, base: number): Score | null {
  if (keep.kind === 'largest') return keep.score ?? { kind: 'delta', operand, base };
  return keep.kind === 'middle' ? { kind: 'delta', operand, base } : null;
}

function setKeep(index: number, { keep }: DeltaRule, score: number, records: boolean): void {
  const wasm = machine();
  if (keep.kind === 'largest') wasm.keepLargest(index, score, keep.cut.magnitude, keep.cut.ties);
  else if (keep.kind === 'middle') {
    const { outer, inner } = keep;
    wasm.keepMiddle(index, score, outer.magnitude, outer.ties, inner.magnitude, inner.ties);
  } else if (isRandom(keep)) {
    wasm.keepRandom(index, keep.key[0], keep.key[1], keep.threshold - 1, records);
  } else if (keep.kind === 'all' || (keep.kind === 'random' && keep.threshold >= 1)) {
    wasm.keepAll(index);
  } else {
    wasm.keepNone(index);
  }
}
