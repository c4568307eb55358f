/** The one way from a recipe's text to its meaning. */

import type { YAMLError } from 'yaml';
import { readYaml } from './bounded-yaml.ts';
import { buildTree } from './build-tree.ts';
import { TextPositions } from './positions.ts';
import { ProblemList } from './problem-list.ts';
import { readRecipe } from './read-recipe.ts';
import { reportRefusal, reportSyntax } from './syntax-problems.ts';
import { isNull, locateIn, type TreeNode } from './tree.ts';
import type { NodePath, ParsedRecipe, Problem, Recipe, RecipeDraft } from './types.ts';

/**
 * Reads a recipe and finds all its problems at once, in the order of the text. Never throws; bounded in text, depth,
 * aliases and work, so it is quick on any input. `recipe` is null when an error leaves it without a meaning; it may
 * be there beside errors that do not (a misspelt `seed`, an unknown key), so a merge must look at `problems`.
 */
export function parseRecipe(text: string): ParsedRecipe {
  const problems = new ProblemList(new TextPositions(text));
  const { recipe, draft, root, found } = read(text, problems);
  const locate = (path: NodePath, of: 'key' | 'value' = 'value') =>
    root === null ? problems.positions.span(0, 0) : locateIn(root, path, of);
  return { text, recipe, draft, problems: found, locate };
}

interface Read {
  readonly recipe: Recipe | null;
  readonly draft: RecipeDraft | null;
  readonly root: TreeNode | null;
  readonly found: readonly Problem[];
}

function read(text: string, problems: ProblemList): Read {
  const yaml = readYaml(text);
  if (yaml.kind === 'refused') {
    reportRefusal(yaml.reason, yaml.offset, problems);
    return { recipe: null, draft: null, root: null, found: problems.sorted() };
  }
  const [document, second] = yaml.documents;
  reportSyntax(yaml.errors, problems);
  if (second) {
    const start = second.range[0];
    const message = 'A second document starts here (`---`). One text holds one recipe.';
    problems.add('multiple-documents', problems.positions.span(start, start + 3), message);
  }
  const root = document ? buildTree(document, problems) : null;
  if (root === null || isNull(root)) {
    if (yaml.errors.length === 0) {
      const message = 'The recipe is empty. Start with `merge_method:` and `models:`.';
      problems.add('empty-recipe', problems.positions.span(0, 0), message);
    }
    return { recipe: null, draft: null, root, found: problems.sorted() };
  }
  const draft = readRecipe(root, problems);
  const found = beforeSyntaxErrors(problems.sorted(), yaml.errors, problems);
  return { recipe: meaningOf(draft, problems), draft: yaml.errors.length === 0 ? draft : null, root, found };
}

/** The recipe of a draft; null when a problem keeps it from having a meaning. */
function meaningOf(draft: RecipeDraft | null, problems: ProblemList): Recipe | null {
  if (draft === null || !problems.keepsMeaning) return null;
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
