/** Keeps one Monaco editor and the store in step, in both directions. */

import type { Graft } from '../../store/store.ts';
import type { ViewStore } from '../view.ts';
import { showProblems } from './language.ts';
import { modelMarks } from './model-marks.ts';
import { monaco } from './monaco.ts';
import { smallestEdit } from './smallest-edit.ts';

export interface Binding {
  readonly editor: monaco.editor.IStandaloneCodeEditor;
  readonly graft: Graft;
  readonly view: ViewStore;
}

/** Connects them until the returned function is called. */
export function bind(binding: Binding): () => void {
  const stops = [textBothWays(binding), problemsAndColours(binding), places(binding)];
  historyKeys(binding);
  return () => {
    for (const stop of stops) stop();
  };
}

function textBothWays({ editor, graft: { store, actions } }: Binding): () => void {
  const typed = editor.onDidChangeModelContent(() => actions.edit(editor.getValue()));
  const stop = store.subscribe(({ recipe }, before) => {
    if (recipe.text === before.recipe.text) return;
    const model = editor.getModel();
    const edit = smallestEdit(editor.getValue(), recipe.text);
    if (model === null || edit === null) return;
    const range = monaco.Range.fromPositions(model.getPositionAt(edit.start), model.getPositionAt(edit.end));
    editor.executeEdits('store', [{ range, text: edit.text }]);
    editor.setPosition(model.getPositionAt(edit.start + edit.text.length));
  });
  return () => {
    typed.dispose();
    stop();
  };
}

/** Problems belong to the text they were found in; until the next report Monaco moves them along with the typing. */
function problemsAndColours({ editor, graft: { store } }: Binding): () => void {
  const marks = editor.createDecorationsCollection();
  const show = () => {
    const model = editor.getModel();
    const { check, models, recipe } = store.getState();
    if (model === null || check.report === null || check.reportText !== recipe.text) return;
    showProblems(model, check.report.problems);
    marks.set(
      modelMarks(recipe.text, new Set(models.colours.keys())).map(({ ref, start, end }) => ({
        range: monaco.Range.fromPositions(model.getPositionAt(start), model.getPositionAt(end)),
        options: { inlineClassName: `model-mark model-mark-${models.colours.get(ref) ?? 0}` },
      })),
    );
  };
  show();
  return store.subscribe((state, before) => {
    if (state.check.report !== before.check.report || state.models.colours !== before.models.colours) show();
  });
}

function places({ editor, view }: Binding): () => void {
  const go = ({ line, column }: { readonly line: number; readonly column: number }) => {
    editor.setPosition({ lineNumber: line, column });
    editor.revealLineInCenterIfOutsideViewport(line);
    editor.focus();
  };
  const { reveal } = view.getState();
  if (reveal !== null) go(reveal);
  return view.subscribe((state, before) => {
    if (state.reveal !== null && state.reveal !== before.reveal) go(state.reveal);
  });
}

/** One history for the whole page: Monaco's own undo knows nothing of what the menus did. */
function historyKeys({ editor, graft: { actions } }: Binding): void {
  const { CtrlCmd, Shift } = monaco.KeyMod;
  editor.addCommand(CtrlCmd | monaco.KeyCode.KeyZ, actions.undo);
  editor.addCommand(CtrlCmd | Shift | monaco.KeyCode.KeyZ, actions.redo);
  editor.addCommand(CtrlCmd | monaco.KeyCode.KeyY, actions.redo);
}
