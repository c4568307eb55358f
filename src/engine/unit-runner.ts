/**
 * Runs units of work: claims memory, starts their fetches in order, and hands their tensors on to be merged and written.
 * Fetching runs ahead of merging as far as the memory ceiling lets it.
 */

import { GraftError } from '../base/errors.ts';
import type { MergePlan } from '../plan/types.ts';
import {
  type Step,
  stepFetchBytes,
  stepOutputBytes,
  TILES_IN_FLIGHT,
  type TileStep,
  UNITS_AHEAD,
  type Unit,
} from '../plan/work.ts';
import { Budget, type Claim } from './budget.ts';
import type { Fetcher } from './fetcher.ts';
import { MergeLine } from './merge-line.ts';
import type { MergeParts, TensorWork } from './merge-work.ts';
import { fetchedFeed, type Spool, type StepFeed, spooledFeeds } from './step-feed.ts';

export interface RunnerParts extends MergeParts {
  readonly plan: MergePlan;
  readonly fetcher: Fetcher;
  readonly budget: Budget;
  readonly openSpool: () => Promise<Spool>;
}

interface StartedUnit {
  readonly works: readonly TensorWork[];
  readonly release: () => void;
}

/**
 * Runs `units` in order; resolves when all is written (not yet committed). Rejects with the first failure, when nothing
 * that was started writes any more and its memory is given back.
 */
export async function runUnits(units: readonly Unit[], parts: RunnerParts): Promise<void> {
  const line = new MergeLine(parts);
  const ahead = new Budget(UNITS_AHEAD);
  let written: Promise<unknown> = Promise.resolve();
  try {
    for (const unit of units) {
      await parts.control.pass();
      const place = await ahead.claim(1, parts.control.signal);
      if (line.failed) break;
      const started = await startUnit(unit, parts);
      written = Promise.all(started.works.map((work) => line.add(work))).finally(() => {
        started.release();
        place.release();
      });
    }
  } catch (error) {
    line.fail(error);
  }
  await written;
  line.rethrow();
}

/** Claims a unit's memory and starts its fetches. */
async function startUnit(unit: Unit, parts: RunnerParts): Promise<StartedUnit> {
  const { budget, control, fetcher, plan } = parts;
  if (!('tiles' in unit)) {
    const claim = await budget.claim(unit.costBytes, control.signal);
    const step = fetchedFeed(unit, fetcher);
    void step.buffers();
    const release = () => {
      step.recycle();
      claim.release();
    };
    return { works: worksOf(plan, [unit], [step], { keep: true }), release };
  }
  if (unit.kind === 'spooled') {
    const spool = await parts.openSpool();
    const claim = await budget.claim(unit.costBytes, control.signal);
    const steps = spooledFeeds(unit.tiles, fetcher, spool);
    return {
      works: worksOf(plan, unit.tiles, steps, { keep: false, alone: true }),
      release: () => claim.release(),
    };
  }
  return startResident(unit.tiles, unit.costBytes, parts);
}

/**
 * Tiles of a resident unit are claimed one by one, so that they take the memory which the unit before gives back tile
 * by tile. The first claim carries what is moving between fetch and write; the sum is the unit's whole cost.
 */
async function startResident(
  tiles: readonly TileStep[],
  costBytes: number,
  parts: RunnerParts,
): Promise<StartedUnit> {
  const { budget, control, fetcher, plan } = parts;
  const movingBytes =
    TILES_IN_FLIGHT * Math.max(...tiles.map((tile) => stepFetchBytes(tile) + stepOutputBytes(tile)));
  const shareBytes = Math.floor((costBytes - movingBytes) / tiles.length);
  const claims: Claim[] = [];
  const steps: StepFeed[] = [];
  try {
    for (const tile of tiles) {
      const firstBytes = claims.length === 0 ? costBytes - shareBytes * tiles.length : 0;
      claims.push(await budget.claim(shareBytes + firstBytes, control.signal));
      const step = fetchedFeed(tile, fetcher);
      void step.buffers();
      steps.push(step);
    }
  } catch (error) {
    for (const claim of claims) claim.release();
    throw error;
  }
  return {
    works: worksOf(plan, tiles, steps, {
      keep: true,
      giveBack: claims.map((claim) => shareOf(claim, shareBytes)),
    }),
    release: () => {
      for (const claim of claims) claim.release();
    },
  };
}

/** Gives back a tile's share of its claim, once: after a lost device a tile is done with again. */
function shareOf(claim: Claim, shareBytes: number): () => void {
  let given = false;
  return () => {
    if (!given) claim.release(shareBytes);
    given = true;
  };
}

/**
 * Groups the pieces of `steps` by tensor: piece `j` of every step belongs to the same one. Tensors that are read once
 * never stay in the engine.
 */
function worksOf(
  plan: MergePlan,
  steps: readonly Step[],
  feeds: readonly StepFeed[],
  {
    keep,
    alone = false,
    giveBack = [],
  }: { readonly keep: boolean; readonly alone?: boolean; readonly giveBack?: readonly (() => void)[] },
): TensorWork[] {
  const count = steps[0]?.pieces.length ?? 0;
  return Array.from({ length: count }, (_, at) => {
    const tensor = plan.tensors[steps[0]?.pieces[at]?.tensor ?? -1];
    if (tensor === undefined)
      throw new GraftError('Internal', 'A unit names a tensor that the plan has not.');
    const parts = steps.flatMap((step, index) => {
      const piece = step.pieces[at];
      const feed = feeds[index];
      if (piece === undefined || feed === undefined) return [];
      return [{ piece, step: feed, giveBack: giveBack[index] ?? null }];
    });
    return { tensor, parts, keep: keep && tensor.readsTwice, alone };
  });
}
