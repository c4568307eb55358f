/** The one way from a recipe's text to its meaning. */

import type { YAMLError } from 'yaml';
import { readYaml } from './bounded-yaml.ts';
import { buildTree } from './build-tree.ts';
import { linkDocuments, type WrittenDocument } from './link-documents.ts';
import { TextPositions } from './positions.ts';
import { byPlace, MAX_PROBLEMS, ProblemList } from './problem-list.ts';
import { readRecipe } from './read-recipe.ts';
import { reportRefusal, reportSyntax } from './syntax-problems.ts';
import { isNull, locateIn } from './tree.ts';
import type { NodePath, ParsedRecipe, Problem, Recipe, RecipeDocument, RecipeDraft } from './types.ts';

/** mergekit-multi's files have a handful. */
const MAX_DOCUMENTS = 50;

/**
 * Reads a recipe and finds all its problems at once, in the order of the text. Never throws; bounded in text, depth,
 * aliases and work, so it is quick on any input. `recipe` is null when an error leaves it without a meaning; it may
 * be there beside errors that do not (a misspelt `seed`, an unknown key), so a merge must look at `problems`.
 */
export function parseRecipe(text: string): ParsedRecipe {
  const problems = new ProblemList(new TextPositions(text));
  const yaml = readYaml(text);
  if (yaml.kind === 'refused') {
    reportRefusal(yaml.reason, yaml.offset, problems);
    return withoutMeaning(text, problems.sorted(), problems);
  }
  reportSyntax(yaml.errors, problems);
  const written: WrittenDocument[] = [];
  for (const [index, document] of yaml.documents.entries()) {
    // Each document is read by itself; what is wrong with YAML itself is told with the first.
    const own = index === 0 ? problems : new ProblemList(problems.positions);
    const root = buildTree(document, own);
    if (root !== null && !isNull(root)) written.push({ root, problems: own, draft: readRecipe(root, own) });
    if (written.length <= MAX_DOCUMENTS) continue;
    const start = document.range[0];
    own.add(
      'too-large',
      own.positions.span(start, start + 3),
      `More than ${MAX_DOCUMENTS} documents. Make this several recipes.`,
    );
    break;
  }
  if (written.length === 0 && yaml.errors.length === 0) {
    const message = 'The recipe is empty. Start with `merge_method:` and `models:`.';
    problems.add('empty-recipe', problems.positions.span(0, 0), message);
  }
  const ordered = linkDocuments(written);
  const lists = new Set([problems, ...written.map((document) => document.problems)]);
  const all = [...lists].flatMap((list) => list.sorted()).sort(byPlace);
  const found = beforeSyntaxErrors(all.slice(0, MAX_PROBLEMS), yaml.errors, problems);
  const keepsMeaning = [...lists].every((list) => list.keepsMeaning);
  const documents = ordered.map(({ root, draft }): RecipeDocument => {
    const locate = (path: NodePath, of: 'key' | 'value' = 'value') => locateIn(root, path, of);
    const recipe = keepsMeaning ? meaningOf(draft) : null;
    return { text, recipe, draft: yaml.errors.length === 0 ? draft : null, locate };
  });
  const output = documents.at(-1);
  return output === undefined
    ? withoutMeaning(text, found, problems)
    : { ...output, problems: found, documents };
}

function withoutMeaning(text: string, found: readonly Problem[], { positions }: ProblemList): ParsedRecipe {
  const document = { text, recipe: null, draft: null, locate: () => positions.span(0, 0) };
  return { ...document, problems: found, documents: [document] };
}

/** The recipe of a draft; null when parts of it could not be read. */
function meaningOf(draft: RecipeDraft | null): Recipe | null {
  if (draft === null) return null;
  const { mergeMethod, gaps, ...rest } = draft;
  return mergeMethod === null || gaps.size > 0 ? null : { mergeMethod, ...rest };
}

/**
 * Where YAML itself is broken, what follows is guesswork, and so is what seems to be missing: only problems of lines
 * before the first syntax error are told beside it.
 */
function beforeSyntaxErrors(
  all: readonly Problem[],
  errors: readonly YAMLError[],
  problems: ProblemList,
): readonly Problem[] {
  if (errors.length === 0) return all;
  const first = Math.min(...errors.map((error) => error.pos[0]));
  const { line } = problems.positions.span(first, first);
  return all.filter(
    (problem) =>
      problem.code === 'yaml-syntax' || (problem.span.endLine < line && !problem.code.startsWith('missing-')),
  );
}
