/** Everything that can be known of a recipe from its models' configs and headers: its problems, or its plan. */

import { GraftError, toGraftError } from '../base/errors.ts';
import { ELSEWHERE, METHODS, methodOf } from '../methods/registry.ts';
import type { MethodDefinition } from '../methods/types.ts';
import type { Checkpoint } from '../model/types.ts';
import type { FilterSubject } from '../recipe/conditions.ts';
import { nearestName } from '../recipe/nearest-name.ts';
import type { ParsedRecipe, Problem, RecipeDraft } from '../recipe/types.ts';
import { buildPlan } from './build-plan.ts';
import { checkInputs } from './check-inputs.ts';
import { checkArchitectures, checkPacking } from './check-models.ts';
import { checkParameters } from './check-parameters.ts';
import { checkTensors } from './check-tensors.ts';
import { type ExpandedTensor, expandRecipe } from './expand.ts';
import type { PlannedRecipe } from './export/mergekit.ts';
import { subjectIn } from './filter-subject.ts';
import { Findings } from './findings.ts';
import { writeValue } from './fixes.ts';
import { modelRefsOf, type ResolvedRecipe, resolveRecipe } from './resolve.ts';
import type { MergePlan } from './types.ts';

export interface RecipeCheck {
  /** The parser's and the plan's, in the order of the text. */
  readonly problems: readonly Problem[];
  /** Null while an error stands. */
  readonly plan: MergePlan | null;
  /** What the plan was made of, for exports; null without a plan. */
  readonly planned: PlannedRecipe | null;
  /** What has no place in the text: notes on models and on the output's small files. */
  readonly warnings: readonly string[];
}

type Built = NonNullable<ReturnType<typeof buildPlan>> & { readonly planned: PlannedRecipe };

/**
 * Finds the problems of whatever could be read, and plans only a recipe that was read whole.
 *
 * @param models by the text of their reference, as `modelRefsOf` lists them: opened, or the reason why not
 */
export function checkRecipe(
  parsed: ParsedRecipe,
  models: ReadonlyMap<string, Checkpoint | GraftError>,
): RecipeCheck {
  const findings = new Findings(parsed);
  const { draft } = parsed;
  const built = draft === null ? null : planRecipe(parsed, draft, models, findings);
  const problems = [...parsed.problems, ...findings.problems].sort(
    (a, b) => a.span.start - b.span.start || a.span.end - b.span.end,
  );
  const notes = [...models.values()].flatMap((model) =>
    model instanceof GraftError ? [] : model.notes.map((note) => `${model.ref}: ${note}`),
  );
  const isRefused = problems.some(({ severity }) => severity === 'error');
  return {
    problems,
    plan:
      isRefused || built === null ? null : { ...built.plan, warnings: [...notes, ...built.plan.warnings] },
    planned: isRefused || built === null ? null : built.planned,
    warnings: [...notes, ...(built?.warnings ?? [])],
  };
}

function planRecipe(
  parsed: ParsedRecipe,
  draft: RecipeDraft,
  models: ReadonlyMap<string, Checkpoint | GraftError>,
  findings: Findings,
): Built | null {
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
  return parsed.recipe === null ? null : buildOrReport(parsed, resolved, expanded, findings);
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

function buildOrReport(
  parsed: ParsedRecipe,
  resolved: ResolvedRecipe,
  expanded: readonly ExpandedTensor[],
  findings: Findings,
): Built | null {
  try {
    const built = buildPlan(parsed, resolved, expanded, findings);
    return built === null ? null : { ...built, planned: { resolved, expanded } };
  } catch (error) {
    const { message, tag } = toGraftError(error);
    if (tag === 'Internal') throw error;
    findings.add('plan-refused', ['merge_method'], message);
    return null;
  }
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
  models: ReadonlyMap<string, Checkpoint | GraftError>,
  findings: Findings,
): Checkpoint[] | null {
  const refs = modelRefsOf(draft);
  const checkpoints: Checkpoint[] = [];
  for (const { ref, path } of refs) {
    const model = models.get(ref.text);
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
