/** The recipe's YAML in Monaco. The store's text is the truth; the editor shows it and sends edits to it. */

import { useEffect, useRef } from 'react';
import { useUi } from '../context.ts';
import { useTheme } from '../theme.ts';
import { bind } from './editor-binding.ts';
import { applyEditorTheme } from './editor-theme.ts';
import { registerRecipeLanguage } from './language.ts';
import { monaco } from './monaco.ts';
import { schemaFor } from './recipe-schema.ts';

const OPTIONS: monaco.editor.IStandaloneEditorConstructionOptions = {
  language: 'yaml',
  theme: 'graft',
  automaticLayout: true,
  minimap: { enabled: false },
  fontFamily: '"JetBrains Mono", "SF Mono", "Cascadia Code", "DejaVu Sans Mono", monospace',
  fontSize: 13,
  lineHeight: 21,
  tabSize: 2,
  insertSpaces: true,
  detectIndentation: false,
  scrollBeyondLastLine: false,
  padding: { top: 10, bottom: 10 },
  lineNumbersMinChars: 3,
  renderFinalNewline: 'on',
  renderLineHighlight: 'line',
  overviewRulerLanes: 0,
  wordBasedSuggestions: 'off',
  quickSuggestions: { other: true, strings: true, comments: false },
  fixedOverflowWidgets: true,
  scrollbar: { verticalScrollbarSize: 10, horizontalScrollbarSize: 10 },
  ariaLabel: 'Recipe in YAML. Press Control M to let Tab leave the editor.',
};

export default function YamlEditor() {
  const { store, actions, view } = useUi();
  const place = useRef<HTMLDivElement>(null);
  const { shown } = useTheme();

  useEffect(() => {
    if (place.current === null) return;
    registerRecipeLanguage(schemaFor);
    const model = monaco.editor.createModel(store.getState().recipe.text, 'yaml');
    const editor = monaco.editor.create(place.current, { ...OPTIONS, model });
    const unbind = bind({ editor, graft: { store, actions }, view });
    return () => {
      unbind();
      editor.dispose();
      model.dispose();
    };
  }, [store, actions, view]);

  useEffect(() => {
    // The theme's attribute is written by an effect further up, which runs after this one.
    const frame = requestAnimationFrame(() => applyEditorTheme(shown));
    return () => cancelAnimationFrame(frame);
  }, [shown]);

  return <div ref={place} className="yaml-editor" />;
}
