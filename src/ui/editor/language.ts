/** Teaches Monaco recipes: completion, hover and formatting from pure functions, quick fixes from the check's problems. */

import type { Problem, TextSpan } from '../../recipe/types.ts';
import { formatRecipe } from '../../store/recipe-edit.ts';
import { monaco } from './monaco.ts';
import { completionsAt, hoverAt, type JsonSchema } from './schema-walk.ts';

const OWNER = 'graft';

/** Problems of each model's current text, for the quick fixes. */
const problemsOf = new WeakMap<monaco.editor.ITextModel, readonly Problem[]>();

let registered = false;

/** Registers the providers, once for the life of the page. */
export function registerRecipeLanguage(schemaFor: (text: string) => JsonSchema): void {
  if (registered) return;
  registered = true;
  monaco.languages.registerCompletionItemProvider('yaml', {
    triggerCharacters: [' ', ':', '-'],
    provideCompletionItems: (model, position) => ({
      suggestions: completionsAt(schemaFor(textOf(model)), textOf(model), model.getOffsetAt(position)).map(
        (each) => ({
          label: each.label,
          kind:
            each.kind === 'key'
              ? monaco.languages.CompletionItemKind.Property
              : monaco.languages.CompletionItemKind.Value,
          insertText: each.insert,
          // Required keys first, then the schema's own order is close enough to the alphabet.
          sortText: `${each.required ? 0 : 1}${each.label}`,
          range: rangeBetween(model, each.start, each.end),
          ...(each.documentation === null ? {} : { documentation: { value: each.documentation } }),
          ...(each.kind === 'key'
            ? { command: { id: 'editor.action.triggerSuggest', title: 'Suggest the value' } }
            : {}),
        }),
      ),
    }),
  });
  monaco.languages.registerHoverProvider('yaml', {
    provideHover(model, position) {
      const hover = hoverAt(schemaFor(textOf(model)), textOf(model), model.getOffsetAt(position));
      if (hover === null) return null;
      return {
        contents: [{ value: hover.documentation }],
        range: rangeBetween(model, hover.start, hover.end),
      };
    },
  });
  monaco.languages.registerDocumentFormattingEditProvider('yaml', {
    provideDocumentFormattingEdits(model) {
      const text = formatRecipe(textOf(model));
      return text === null ? [] : [{ range: model.getFullModelRange(), text }];
    },
  });
  monaco.languages.registerCodeActionProvider('yaml', {
    provideCodeActions(model, range) {
      const problems = (problemsOf.get(model) ?? []).filter(({ span }) =>
        monaco.Range.areIntersectingOrTouching(rangeOf(span), range),
      );
      const actions = problems.flatMap((problem) =>
        problem.fixes.map((fix) => ({
          title: fix.title,
          kind: 'quickfix',
          diagnostics: [markerOf(problem)],
          edit: {
            edits: fix.edits.map(({ span, text }) => ({
              resource: model.uri,
              versionId: model.getVersionId(),
              textEdit: { range: rangeOf(span), text },
            })),
          },
        })),
      );
      return { actions, dispose: () => undefined };
    },
  });
}

/** Shows the problems in the text, at their places. */
export function showProblems(model: monaco.editor.ITextModel, problems: readonly Problem[]): void {
  problemsOf.set(model, problems);
  monaco.editor.setModelMarkers(model, OWNER, problems.map(markerOf));
}

function markerOf({ severity, code, message, span }: Problem): monaco.editor.IMarkerData {
  return {
    severity: severity === 'error' ? monaco.MarkerSeverity.Error : monaco.MarkerSeverity.Warning,
    message,
    code,
    ...rangeOf(span),
  };
}

function rangeOf(span: TextSpan): monaco.IRange {
  return {
    startLineNumber: span.line,
    startColumn: span.column,
    endLineNumber: span.endLine,
    endColumn: span.endColumn,
  };
}

function rangeBetween(model: monaco.editor.ITextModel, start: number, end: number): monaco.IRange {
  return monaco.Range.fromPositions(model.getPositionAt(start), model.getPositionAt(end));
}

function textOf(model: monaco.editor.ITextModel): string {
  return model.getValue();
}
