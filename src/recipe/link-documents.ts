/**
 * Several documents in one text (mergekit-multi, mergekit 0.1.4): each is a merge, a name stands for its result wherever a
 * model is expected, and the one that no other refers to is the output.
 */

import { replaceSpan, textScalar } from './fixes.ts';
import { modelRefsOf } from './model-refs.ts';
import { nearestName } from './nearest-name.ts';
import type { ProblemList } from './problem-list.ts';
import { locateIn, shorten, type TreeNode } from './tree.ts';
import type { ModelRef, NodePath, RecipeDraft } from './types.ts';

export interface WrittenDocument {
  readonly root: TreeNode;
  readonly problems: ProblemList;
  readonly draft: RecipeDraft | null;
}

/** What could be taken for a model of the Hub, or could not be written where a model is expected. */
const UNUSABLE_NAME = /[/\\@+\p{Cc}]|^\s|\s$|^$/u;

/**
 * The documents, each behind those it refers to and the output last; problems are added to theirs. In the order of the
 * text where there is only one, or where they have no such order.
 */
export function linkDocuments(documents: readonly WrittenDocument[]): readonly WrittenDocument[] {
  if (documents.length < 2) return documents;
  const byName = readNames(documents);
  const uses = new Map(documents.map((document) => [document, usesOf(document, byName)]));
  const ordered: WrittenDocument[] = [];
  const visited = new Set<WrittenDocument>();
  for (const document of documents) visit(document, { uses, ordered, visited, above: [] });
  const used = new Set([...uses.values()].flatMap((list) => list.map(({ target }) => target)));
  const outputs = documents.filter((document) => !used.has(document));
  const output = outputs.findLast(({ draft }) => draft !== null && draft.name === null) ?? outputs.at(-1);
  for (const document of outputs) if (document !== output) reportUnused(document, output);
  return output === undefined ? documents : [...ordered.filter((each) => each !== output), output];
}

function readNames(documents: readonly WrittenDocument[]): ReadonlyMap<string, WrittenDocument> {
  const byName = new Map<string, WrittenDocument>();
  for (const document of documents) {
    const name = document.draft?.name ?? null;
    if (name === null) continue;
    const span = locateIn(document.root, ['name'], 'value');
    const first = byName.get(name);
    if (UNUSABLE_NAME.test(name)) {
      const plain =
        name
          .split(/[/\\]/)
          .at(-1)
          ?.replaceAll(/[@+\p{Cc}]/gu, '-')
          .trim() ?? '';
      const message = `\`${shorten(name)}\` cannot name a document: with \`/\`, \`@\` or \`+\` in it, it would be taken for a model of the Hub. Use letters, digits, \`-\`, \`_\` and \`.\`.`;
      document.problems.add('invalid-name', span, message, [
        plain === '' || UNUSABLE_NAME.test(plain)
          ? null
          : replaceSpan(`Write \`${plain}\``, span, textScalar(plain)),
      ]);
    } else if (first !== undefined) {
      const { line } = locateIn(first.root, ['name'], 'value');
      const message = `Another document is named \`${shorten(name)}\` already, in line ${line}. Give one of them another name.`;
      document.problems.add('duplicate-name', span, message);
    } else {
      byName.set(name, document);
    }
  }
  return byName;
}

interface Use {
  readonly target: WrittenDocument;
  readonly name: string;
  readonly path: NodePath;
}

/** The documents that `document` refers to; reports references that are almost one. */
function usesOf(document: WrittenDocument, byName: ReadonlyMap<string, WrittenDocument>): Use[] {
  if (document.draft === null) return [];
  return modelRefsOf(document.draft).flatMap(({ ref, path }): Use[] => {
    const target = byName.get(ref.text);
    if (target !== undefined) return [{ target, name: ref.text, path }];
    reportAlmost(document, ref, path, byName);
    return [];
  });
}

function reportAlmost(
  { root, problems }: WrittenDocument,
  ref: ModelRef,
  path: NodePath,
  byName: ReadonlyMap<string, WrittenDocument>,
): void {
  if (ref.repo.includes('/')) return;
  const span = locateIn(root, path, 'value');
  if (byName.has(ref.repo)) {
    const message = `\`${shorten(ref.repo)}\` is a document of this recipe; it has neither revisions nor adapters.`;
    const fix = replaceSpan(`Write \`${ref.repo}\``, span, textScalar(ref.repo));
    problems.add('unknown-document', span, message, [fix]);
    return;
  }
  const nearest = nearestName(ref.repo, byName.keys());
  if (nearest === null) return;
  const message = `No document of this recipe is named \`${shorten(ref.repo)}\`. Did you mean \`${shorten(nearest)}\`?`;
  problems.add('unknown-document', span, message, [
    replaceSpan(`Write \`${nearest}\``, span, textScalar(nearest)),
  ]);
}

interface Walk {
  readonly uses: ReadonlyMap<WrittenDocument, readonly Use[]>;
  readonly ordered: WrittenDocument[];
  readonly visited: Set<WrittenDocument>;
  /** The documents on the way from where the walk began. */
  readonly above: readonly WrittenDocument[];
}

/** Depth first, at most as deep as there are documents; reports the reference that closes a cycle. */
function visit(document: WrittenDocument, walk: Walk): void {
  if (walk.visited.has(document)) return;
  walk.visited.add(document);
  const above = [...walk.above, document];
  for (const { target, name, path } of walk.uses.get(document) ?? []) {
    const at = above.indexOf(target);
    if (at < 0) {
      visit(target, { ...walk, above });
      continue;
    }
    const names = above.slice(at).map(({ draft }) => `\`${shorten(draft?.name ?? '')}\``);
    const circle =
      names.length === 1 ? 'refers to itself' : `refer to each other in a circle (${names.join(', ')})`;
    const message = `\`${shorten(name)}\` cannot be made: ${names.length === 1 ? 'it' : 'the documents'} ${circle}.`;
    document.problems.add('document-cycle', locateIn(document.root, path, 'value'), message);
  }
  walk.ordered.push(document);
}

function reportUnused({ root, problems, draft }: WrittenDocument, output: WrittenDocument | undefined): void {
  const which = output?.draft?.name ?? null;
  const other = which === null ? 'the document without a name' : `\`${shorten(which)}\``;
  const name = draft?.name ?? null;
  const message = `${name === null ? 'This document' : `\`${shorten(name)}\``} is not used by any other, and neither is ${other}. Exactly one document is the output: use the others as models, or remove them.`;
  const span = locateIn(root, [name === null ? 'merge_method' : 'name'], name === null ? 'key' : 'value');
  problems.add('several-outputs', span, message);
}
