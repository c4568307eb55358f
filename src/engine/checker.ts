/**
 * The check behind every keystroke: parse the text, open the models it names by their headers, plan, and say what the
 * merge would cost. Pure but for the headers and one look at the storage quota.
 */

import { GraftError, isGraftError } from '../base/errors.ts';
import { misfits } from '../model/compatibility.ts';
import type { Checkpoint } from '../model/types.ts';
import { checkRecipe } from '../plan/check.ts';
import { costOf } from '../plan/cost.ts';
import { exportForMergekit } from '../plan/export/mergekit.ts';
import type { MergePlan } from '../plan/types.ts';
import { modelsToOpen } from '../recipe/model-refs.ts';
import { parseRecipe } from '../recipe/parse-recipe.ts';
import type { ParsedRecipe } from '../recipe/types.ts';
import { openOpfsRoot } from '../storage/opfs.ts';
import { probeQuota } from '../storage/quota.ts';
import type { Checked } from './check-calls.ts';
import { ModelCache, type Opened } from './model-cache.ts';
import { modelCard } from './model-card.ts';
import type { CheckRequest, CostReport, RecipeExport } from './protocol.ts';

/** An answer about storage is good for this long; runs fill it and deleting them frees it. */
const QUOTA_MS = 5_000;

export class Checker {
  readonly #models = new ModelCache();
  /** The last answer about storage: asking touches the disk, and while a person types neither side changes. */
  #quota: {
    readonly sizeBytes: number;
    readonly atMs: number;
    readonly fits: Promise<boolean | null>;
  } | null = null;

  /** @param onParsed called when the text has been read, before anything is fetched. */
  async check(request: CheckRequest, signal: AbortSignal, onParsed: () => void): Promise<Checked> {
    const parsed = parseRecipe(request.text);
    onParsed();
    const { draft } = parsed;
    if (draft === null) {
      return { report: { problems: parsed.problems, models: [], cost: null, warnings: [] }, plan: null };
    }
    const opened = await this.#open(parsed, request, signal);
    const { problems, plan, warnings } = checkRecipe(parsed, opened);
    const checkpoints = [...opened.values()].filter((model): model is Checkpoint => !isGraftError(model));
    const unfit = misfits(checkpoints);
    const baseText = draft.baseModel?.text;
    const models = [...opened].map(([ref, model]) =>
      modelCard(ref, model, ref === baseText, unfit.get(ref) ?? []),
    );
    const cost = plan === null ? null : await this.#cost(plan, request);
    return { report: { problems, models, cost, warnings }, plan };
  }

  /** Throws `RecipeRefused` when the recipe has errors, or says something that mergekit cannot. */
  async exportForMergekit(
    request: CheckRequest,
    signal: AbortSignal,
    onParsed: () => void,
  ): Promise<RecipeExport> {
    const parsed = parseRecipe(request.text);
    onParsed();
    const opened = await this.#open(parsed, request, signal);
    const { planned, problems } = checkRecipe(parsed, opened);
    if (planned === null) {
      const first = problems.find(({ severity }) => severity === 'error');
      throw new GraftError('RecipeRefused', first?.message ?? 'The recipe cannot be merged as it stands.', {
        fix: 'A recipe is exported once it has no errors.',
      });
    }
    const result = exportForMergekit(planned);
    if (result.kind === 'refused') throw new GraftError('RecipeRefused', result.reasons.join(' '));
    return { text: result.text, notes: result.notes };
  }

  async #open(
    parsed: ParsedRecipe,
    { sources, again }: CheckRequest,
    signal: AbortSignal,
  ): Promise<Map<string, Opened>> {
    const refs = modelsToOpen(parsed);
    const models = await Promise.all(refs.map((ref) => this.#models.open(ref, sources, signal, again)));
    const opened = new Map<string, Opened>();
    for (const [at, ref] of refs.entries()) {
      const model = models[at];
      if (model !== undefined) opened.set(ref.text, model);
    }
    return opened;
  }

  async #cost(plan: MergePlan, { run }: CheckRequest): Promise<CostReport> {
    const cost = costOf(plan, run.budgetBytes);
    const storageFits = await this.#storageFits(cost.writeBytes + cost.spoolBytes);
    return { ...cost, storageFits };
  }

  #storageFits(sizeBytes: number): Promise<boolean | null> {
    const known = this.#quota;
    const now = performance.now();
    if (known?.sizeBytes === sizeBytes && now - known.atMs < QUOTA_MS) return known.fits;
    const fits = askQuota(sizeBytes);
    this.#quota = { sizeBytes, atMs: now, fits };
    return fits;
  }
}

async function askQuota(sizeBytes: number): Promise<boolean | null> {
  try {
    const answer = await probeQuota(await openOpfsRoot(), sizeBytes);
    return answer === 'unknown' ? null : answer === 'fits';
  } catch {
    // Storage that cannot be opened is reported, in words, where it matters: at the start of a run.
    return null;
  }
}
