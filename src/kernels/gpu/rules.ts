/** The rules of sums and consensus as rules.wgsl takes them, with the masks that some of them need. */

import { ruleFactor, voteWeight } from '../shared/factors.ts';
import { sameScore } from '../shared/scores.ts';
import { checkOperands, operandsOfRules } from '../shared/tiles.ts';
import type { DeltaRule, Tile } from '../types.ts';
import { type CutWords, cutWords, NO_CUT } from './cuts.ts';
import type { Mask, MaskSpec } from './mask-cache.ts';
import type { PipelineConstants } from './pipelines.ts';
import { rankedMask } from './ranks.ts';
import { scoredMask } from './scores.ts';
import type { GpuSession } from './session.ts';
import type { GpuTile } from './tile.ts';
import { clampWord, counterOf, type Words, WordWriter } from './words.ts';

/** As in rules.wgsl. */
const KEEP_CODES = { none: 0, all: 1, between: 2, random: 3, masked: 4 } as const;
type KeepCode = keyof typeof KEEP_CODES;

const HEAD_ROWS = 4;
const RULE_ROWS = 6;

/** What a rule's kernel reads of it, apart from its numbers. */
interface Choice {
  readonly code: KeepCode;
  readonly threshold: number;
  /** Words of `Rule.choice`. */
  readonly words: readonly [number, number, number, number];
  readonly mask?: MaskSpec;
}

export interface PreparedRules {
  /** Which of the `overrides` of rules.wgsl the rules need. */
  readonly constants: PipelineConstants;
  readonly rules: readonly {
    readonly rule: DeltaRule;
    readonly choice: Choice;
    readonly mask: Mask | null;
  }[];
}

/** Makes the masks that the rules need and the tile does not have yet. The tile must be held until it resolves. */
export async function prepareRules(
  session: GpuSession,
  tile: GpuTile,
  base: number,
  rules: readonly DeltaRule[],
): Promise<PreparedRules> {
  checkOperands(tile, operandsOfRules(base, rules, tile.operandCount));
  const prepared = await Promise.all(
    rules.map(async (rule) => {
      const choice = choiceOf(rule, base, tile);
      return { rule, choice, mask: choice.mask ? await maskOf(session, tile, choice.mask) : null };
    }),
  );
  const has = (code: KeepCode) => prepared.some(({ choice }) => choice.code === code);
  return {
    constants: { keepsBetween: has('between'), keepsRandom: has('random'), keepsMasked: has('masked') },
    rules: prepared,
  };
}

function maskOf(session: GpuSession, tile: GpuTile, spec: MaskSpec): Promise<Mask> {
  return tile.masks.get(spec, () =>
    spec.kind === 'scored'
      ? scoredMask(session, tile, spec.score, spec.cut)
      : rankedMask(session, tile, spec.operand, spec.base, spec.keep),
  );
}

function choiceOf({ operand, keep }: DeltaRule, base: number, tile: Tile): Choice {
  const plain = (code: KeepCode): Choice => ({ code, threshold: 0, words: [0, 0, 0, 0] });
  switch (keep.kind) {
    case 'all':
    case 'none':
      return plain(keep.kind);
    case 'random': {
      // A threshold of 2^32 keeps every word, and is no word itself.
      if (keep.threshold >= 2 ** 32) return plain('all');
      return { code: 'random', threshold: clampWord(keep.threshold), words: [...keep.key, 0, 0] };
    }
    case 'middle':
      return between(cutWords(keep.outer, tile), cutWords(keep.inner, tile));
    case 'ranked':
      return { ...plain('masked'), mask: { kind: 'ranked', operand, base, keep } };
    case 'largest': {
      const { cut, score } = keep;
      const isOwn = score === undefined || sameScore(score, { kind: 'delta', operand, base });
      return isOwn
        ? between(cutWords(cut, tile), NO_CUT)
        : { ...plain('masked'), mask: { kind: 'scored', score, cut } };
    }
  }
}

function between(outer: CutWords, inner: CutWords): Choice {
  return { code: 'between', threshold: 0, words: [...outer, ...inner] };
}

/** What consensus alone has. */
export interface ConsensusWords {
  readonly dtype: number;
  readonly signVote: boolean;
  readonly factor: number;
  /** 0 for none. */
  readonly leastDivisor: number;
  readonly shares: readonly number[];
}

const NO_CONSENSUS: ConsensusWords = { dtype: 0, signVote: false, factor: 0, leastDivisor: 0, shares: [] };

/** `Params` of rules.wgsl: the rules, the shares, then the masks. */
export function rulesParams(
  tile: Tile,
  base: number,
  { rules }: PreparedRules,
  { dtype, signVote, factor, leastDivisor, shares }: ConsensusWords = NO_CONSENSUS,
): Words {
  const masks = [...new Set(rules.flatMap(({ mask }) => (mask === null ? [] : [mask])))];
  const firstMaskRow = RULE_ROWS * rules.length + shares.length;
  const rowOf = new Map<Mask, number>();
  let rows = firstMaskRow;
  for (const mask of masks) {
    rowOf.set(mask, rows);
    rows += mask.length / 4;
  }
  // At least one row, because a binding holds the first element of its last array.
  const writer = new WordWriter(4 * (HEAD_ROWS + Math.max(1, rows)))
    .words(tile.elementCount, base, rules.length, dtype)
    .words(...counterOf(tile.firstIndex), signVote ? 1 : 0, 0)
    .wide(factor)
    .wide(leastDivisor);
  for (const { rule, choice, mask } of rules) {
    writer
      .words(rule.operand, KEEP_CODES[choice.code], choice.threshold, (mask && rowOf.get(mask)) ?? 0)
      .words(...choice.words)
      .wide(ruleFactor(rule))
      .wide(rule.weight)
      .wide(Math.fround(rule.scale))
      .wide(Math.fround(voteWeight(rule)));
  }
  for (const share of shares) writer.wide(share);
  for (const mask of masks) writer.array(mask);
  return writer.finish();
}
