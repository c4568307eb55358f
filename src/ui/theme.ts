/** Dark or light: the system's wish until the person has one. */

import { useEffect } from 'react';
import { useActions, useGraft } from './context.ts';
import { useMedia } from './use-media.ts';

export interface ThemeControl {
  readonly shown: 'dark' | 'light';
  /** What toggling does, for the button's name. */
  readonly switchLabel: string;
  readonly toggle: () => void;
}

export function useTheme(): ThemeControl {
  const actions = useActions();
  const setting = useGraft((state) => state.settings.theme);
  const systemLight = useMedia('(prefers-color-scheme: light)');
  const shown = setting === 'system' ? (systemLight ? 'light' : 'dark') : setting;
  const other = shown === 'dark' ? 'light' : 'dark';
  return { shown, switchLabel: `Switch to the ${other} theme`, toggle: () => actions.setTheme(other) };
}

/** Writes the theme where the tokens look for it. */
export function useThemeAttribute(): void {
  const { shown } = useTheme();
  useEffect(() => {
    document.documentElement.dataset.theme = shown;
  }, [shown]);
}
