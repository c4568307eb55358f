/** Everything that can be known of a recipe from its models' configs and headers: its problems, or its plan. */

import { GraftError, toGraftError } from '../base/errors.ts';
import { ELSEWHERE, METHODS, methodOf } from '../methods/registry.ts';
import type { MethodDefinition } from '../methods/types.ts';
import type { Checkpoint } from '../model/types.ts';
import type { FilterSubject } from '../recipe/conditions.ts';
import { modelRefsOf, modelsToOpen } from '../recipe/model-refs.ts';
import { nearestName } from '../recipe/nearest-name.ts';
import { byPlace } from '../recipe/problem-list.ts';
import type { ParsedRecipe, Problem, RecipeDocument, RecipeDraft } from '../recipe/types.ts';
import { buildPlan } from './build-plan.ts';
import { checkInputs } from './check-inputs.ts';
import { checkArchitectures, checkPacking } from './check-models.ts';
import { checkParameters } from './check-parameters.ts';
import { checkTensors } from './check-tensors.ts';
import type { Intermediate, PlanContext, PlannedRecipe } from './context.ts';
import { type ExpandedTensor, expandRecipe } from './expand.ts';
import { subjectIn } from './filter-subject.ts';
import { Findings } from './findings.ts';
import { writeValue } from './fixes.ts';
import { intermediateOf } from './intermediates.ts';
import { outputDtype, planTensors } from './plan-tensor.ts';
import { type ResolvedRecipe, resolveRecipe } from './resolve.ts';
import type { MergePlan } from './types.ts';

export interface RecipeCheck {
  /** The parser's and the plan's, in the order of the text. */
  readonly problems: readonly Problem[];
  /** Null while an error stands. */
  readonly plan: MergePlan | null;
  /** What the plan was made of, for exports: every document, the output last; null without a plan. */
  readonly planned: readonly PlannedRecipe[] | null;
  /** What has no place in the text: notes on models and on the output's small files. */
  readonly warnings: readonly string[];
}

type Built = NonNullable<ReturnType<typeof buildPlan>>;

/**
 * Finds the problems of whatever could be read, and plans only a recipe that was read whole.
 *
 * @param models by the text of their reference, as `modelsToOpen` lists them: opened, or the reason why not
 */
export function checkRecipe(
  parsed: ParsedRecipe,
  models: ReadonlyMap<string, Checkpoint | GraftError>,
): RecipeCheck {
  const opened = modelsToOpen(parsed).flatMap((ref): Checkpoint[] => {
    const model = models.get(ref.text);
    return model === undefined || model instanceof GraftError ? [] : [model];
  });
  const documents = new DocumentChecks(models, opened);
  for (const document of parsed.documents) documents.check(document, document === parsed.documents.at(-1));
  const { built, planned } = documents;
  const problems = [...parsed.problems, ...documents.problems].sort(byPlace);
  const notes = [...models.values()].flatMap((model) =>
    model instanceof GraftError ? [] : model.notes.map((note) => `${model.ref}: ${note}`),
  );
  const isRefused = problems.some(({ severity }) => severity === 'error');
  return {
    problems,
    plan:
      isRefused || built === null ? null : { ...built.plan, warnings: [...notes, ...built.plan.warnings] },
    planned: isRefused || built === null ? null : planned,
    warnings: [...notes, ...(built?.warnings ?? [])],
  };
}

/** Checks documents one after another; each finds the results of those before it as models. */
class DocumentChecks {
  readonly problems: Problem[] = [];
  readonly planned: PlannedRecipe[] = [];
  /** The plan of the last one. */
  built: Built | null = null;
  /** Opened models, and results of documents; null for a document that has errors. */
  readonly #models: Map<string, Checkpoint | GraftError | null>;
  readonly #intermediates = new Map<Checkpoint, Intermediate>();
  readonly #opened: readonly Checkpoint[];

  constructor(models: ReadonlyMap<string, Checkpoint | GraftError>, opened: readonly Checkpoint[]) {
    this.#models = new Map(models);
    this.#opened = opened;
  }

  check(document: RecipeDocument, isOutput: boolean): void {
    const findings = new Findings(document);
    const { draft } = document;
    const merge = draft === null ? null : findMerge(draft, this.#models, findings);
    const made = merge === null || document.recipe === null ? null : merge;
    if (made !== null && isOutput) this.built = this.#build(document, made, findings);
    if (!isOutput) this.#keep(draft?.name ?? null, made, findings);
    if (made !== null) this.planned.push(made);
    this.problems.push(...findings.problems);
  }

  #build(document: RecipeDocument, { resolved, expanded }: PlannedRecipe, findings: Findings): Built | null {
    try {
      return buildPlan(document, resolved, expanded, this.#context(), findings);
    } catch (error) {
      const { message, tag } = toGraftError(error);
      if (tag === 'Internal') throw error;
      findings.add('plan-refused', ['merge_method'], message);
      return null;
    }
  }

  /** Makes a document's result a model of the documents behind it. */
  #keep(name: string | null, merge: PlannedRecipe | null, findings: Findings): void {
    if (name === null) return;
    this.#models.set(name, null);
    if (merge === null) return;
    const { resolved, expanded } = merge;
    const tensors = planTensors(resolved, expanded, this.#context(), findings);
    const made = findings.hasErrors
      ? null
      : intermediateOf(name, merge, tensors, {
          dtype: outputDtype(resolved.recipe),
          known: this.#intermediates,
        });
    if (made === null) return;
    this.#models.set(name, made.checkpoint);
    this.#intermediates.set(made.checkpoint, made);
  }

  #context(): PlanContext {
    return { models: this.#opened, intermediates: this.#intermediates };
  }
}

/** Resolves and expands a document; null, with problems, when that cannot be done. */
function findMerge(
  draft: RecipeDraft,
  models: ReadonlyMap<string, Checkpoint | GraftError | null>,
  findings: Findings,
): PlannedRecipe | null {
  const method = checkMethod(draft, findings);
  const checkpoints = checkOpened(draft, models, findings);
  if (method === null) return null;
  const resolved = attachModels(draft, method, checkpoints, findings);
  // Further differences between models that are not built alike would only repeat that.
  if (resolved === null || !checkArchitectures(resolved, findings)) {
    checkParameters(draft, method, null, findings);
    return null;
  }
  const expanded = expandRecipe(resolved, findings);
  checkTensors(expanded, resolved, findings);
  checkParameters(draft, method, subjectsOf(expanded, resolved), findings);
  return { resolved, expanded };
}

/** Null, with problems, when the models do not fit the recipe, or some are not there to be looked at. */
function attachModels(
  draft: RecipeDraft,
  method: MethodDefinition,
  checkpoints: readonly Checkpoint[] | null,
  findings: Findings,
): ResolvedRecipe | null {
  if (checkpoints !== null && draft.gaps.size === 0) {
    return resolveRecipe({ ...draft, mergeMethod: method.name }, method, checkpoints, findings);
  }
  checkInputs(draft, method, findings);
  return null;
}

/** The recipe's method; with a problem, the one it was most likely meant as, so that the rest is checked as well. */
function checkMethod({ mergeMethod }: RecipeDraft, findings: Findings): MethodDefinition | null {
  if (mergeMethod === null) return null;
  const method = methodOf(mergeMethod);
  if (method !== null) return method;
  const path = ['merge_method'];
  const elsewhere = ELSEWHERE.get(mergeMethod);
  if (elsewhere !== undefined) {
    findings.add('unsupported-method', path, elsewhere);
    return null;
  }
  const nearest = nearestName(mergeMethod, METHODS.keys());
  const suggestion =
    nearest === null
      ? `Choose one of ${[...METHODS.keys()].map((name) => `\`${name}\``).join(', ')}.`
      : `Did you mean \`${nearest}\`?`;
  findings.add('unknown-method', path, `There is no merge method of that name. ${suggestion}`, {
    fixes: nearest === null ? [] : [writeValue(findings, path, nearest)],
  });
  return nearest === null ? null : methodOf(nearest);
}

/** The models that the text names, in order; null, with problems, when one could not be opened or is quantized. */
function checkOpened(
  draft: RecipeDraft,
  models: ReadonlyMap<string, Checkpoint | GraftError | null>,
  findings: Findings,
): Checkpoint[] | null {
  const refs = modelRefsOf(draft);
  const checkpoints: Checkpoint[] = [];
  for (const { ref, path } of refs) {
    const model = models.get(ref.text);
    // What is wrong with a document is told at its own place.
    if (model === null) continue;
    if (model === undefined || model instanceof GraftError) {
      const reason =
        model === undefined ? 'It was not opened.' : [model.message, model.fix ?? ''].join(' ').trim();
      const message = reason.includes(ref.repo) ? reason : `${ref.text}: ${reason}`;
      findings.add('model-failed', path, message);
      continue;
    }
    if (checkPacking(model, path, findings)) checkpoints.push(model);
  }
  return checkpoints.length === refs.length ? checkpoints : null;
}

/** Every output and input that filters are compared with, each once. */
function subjectsOf(expanded: readonly ExpandedTensor[], { slices }: ResolvedRecipe): FilterSubject[] {
  const subjects = new Map<string, FilterSubject>();
  const add = (subject: FilterSubject): void => {
    subjects.set(`${subject.layer} ${subject.name}`, subject);
  };
  for (const { subject, inputs, slice } of expanded) {
    add(subject);
    for (const { source, tensor } of inputs) {
      const part = slices[slice]?.sources[source]?.part;
      if (part !== undefined) add(subjectIn(part, tensor.name));
    }
  }
  return [...subjects.values()];
}
