/** A recipe out of a file, a drop or a paste. */

import { LIMITS } from '../../base/limits.ts';

export function isRecipeFile(file: Pick<File, 'name'>): boolean {
  return /\.ya?ml$/i.test(file.name);
}

/** Text that was pasted outside the editor is a recipe when it names a method; anything else is left alone. */
export function looksLikeRecipe(text: string): boolean {
  return text.length <= LIMITS.recipeChars && /^\s*merge_method\s*:/m.test(text);
}

/** Reads a recipe file; its name without the ending becomes the recipe's. */
export async function readRecipeFile(file: File): Promise<{ text: string; name: string }> {
  // Longer than any recipe: the rest could only slow the refusal down.
  const text = await file.slice(0, LIMITS.recipeChars + 1).text();
  return { text, name: file.name.replace(/\.ya?ml$/i, '') };
}

/** Opens the browser's file dialog. Calls back only when a file was picked and read. */
export function pickRecipeFile(done: (text: string, name: string) => void): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = '.yml,.yaml';
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file !== undefined) void readRecipeFile(file).then(({ text, name }) => done(text, name));
  });
  input.click();
}
