/** Drops and pastes anywhere on the page: recipe files are imported, folders and weight files opened as models. */

import { useEffect, useState } from 'react';
import { useUi } from './context.ts';
import { readDrop } from './models/folder-input.ts';
import { isRecipeFile, looksLikeRecipe, readRecipeFile } from './recipe/recipe-file.ts';
import { show } from './view.ts';

export function DropTarget() {
  const over = useDrops();
  usePastes();
  return over ? (
    <div className="drop-target">Drop a recipe file, the folder of a model, or a safetensors file</div>
  ) : null;
}

/** Whether files hang over the page now. */
function useDrops(): boolean {
  const { actions, view } = useUi();
  const [over, setOver] = useState(false);
  useEffect(() => {
    const take = async (transfer: DataTransfer) => {
      const { folders, files } = await readDrop(transfer);
      for (const { name, content } of folders) await actions.openFolder(content, name);
      if (folders.length > 0) show(view, 'models');
      const recipe = files.find(isRecipeFile);
      if (recipe === undefined) return;
      const { text, name } = await readRecipeFile(recipe);
      actions.importRecipe(text, name);
      show(view, 'recipe');
    };
    const onDragOver = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onDragLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      if (!hasFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      event.stopPropagation();
      setOver(false);
      void take(event.dataTransfer);
    };
    window.addEventListener('dragover', onDragOver);
    window.addEventListener('dragleave', onDragLeave);
    window.addEventListener('drop', onDrop, { capture: true });
    return () => {
      window.removeEventListener('dragover', onDragOver);
      window.removeEventListener('dragleave', onDragLeave);
      window.removeEventListener('drop', onDrop, { capture: true });
    };
  }, [actions, view]);
  return over;
}

/** A recipe pasted while no text field has the focus. */
function usePastes(): void {
  const { actions, view } = useUi();
  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      const target = event.target;
      if (target instanceof HTMLElement && target.closest('input, textarea, [role="textbox"], .yaml-editor'))
        return;
      const text = event.clipboardData?.getData('text/plain') ?? '';
      if (!looksLikeRecipe(text)) return;
      event.preventDefault();
      actions.importRecipe(text, '');
      show(view, 'recipe');
    };
    window.addEventListener('paste', onPaste);
    return () => window.removeEventListener('paste', onPaste);
  }, [actions, view]);
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false;
}
