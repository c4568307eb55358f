/** The suite both engines pass: a group of tests per kernel, so that none can be left out. */

import { afterAll, beforeAll, describe } from 'vitest';
import { combineConformance } from './conformance/combine.ts';
import { consensusConformance } from './conformance/consensus.ts';
import { divergenceConformance } from './conformance/divergence.ts';
import { encodingConformance } from './conformance/encoding.ts';
import { gramConformance, groupGramConformance } from './conformance/gram.ts';
import { maskConformance } from './conformance/masks.ts';
import { overlapConformance } from './conformance/overlaps.ts';
import { pickConformance } from './conformance/pick.ts';
import { selectConformance } from './conformance/select.ts';
import { tileConformance } from './conformance/tiles.ts';
import type { Kernels } from './types.ts';

/** Declares the tests; `create` makes the engine under test, which is disposed at the end. */
export function kernelsConformance(create: () => Promise<Kernels>): void {
  let kernels: Kernels;
  beforeAll(async () => {
    kernels = await create();
  });
  afterAll(() => kernels.dispose());
  const engine = () => kernels;

  describe('decoding and encoding', () => encodingConformance(engine));
  describe('combine', () => combineConformance(engine));
  describe('gram', () => gramConformance(engine));
  describe('groupGram', () => groupGramConformance(engine));
  describe('histograms and indexOfMagnitude', () => selectConformance(engine));
  describe('sums and masks', () => maskConformance(engine));
  describe('overlaps', () => overlapConformance(engine));
  describe('rowDivergence', () => divergenceConformance(engine));
  describe('consensus', () => consensusConformance(engine));
  describe('pick', () => pickConformance(engine));
  describe('life of a tile', () => tileConformance(engine, create));
}
