/** The editor in the page's own colours: read from the design tokens, so that there is one palette. */

import { monaco } from './monaco.ts';

/** Defines and applies Monaco's theme for what the page shows now. */
export function applyEditorTheme(shown: 'dark' | 'light'): void {
  const style = getComputedStyle(document.documentElement);
  // The build shortens #ffffff to #fff, which Monaco refuses.
  const token = (name: string) =>
    style
      .getPropertyValue(`--${name}`)
      .trim()
      .replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3');
  // Rules take colours without their hash; editor colours take them with it.
  const rule = (name: string) => token(name).replace('#', '');
  monaco.editor.defineTheme('graft', {
    base: shown === 'dark' ? 'vs-dark' : 'vs',
    inherit: true,
    rules: [
      { token: 'comment', foreground: rule('ink3'), fontStyle: 'italic' },
      { token: 'type', foreground: rule('syntax-key') },
      { token: 'string', foreground: rule('syntax-text') },
      // The light base theme has a rule of its own for YAML, which would win.
      { token: 'string.yaml', foreground: rule('syntax-text') },
      { token: 'number', foreground: rule('syntax-number') },
      { token: 'keyword', foreground: rule('syntax-number') },
      { token: 'operators', foreground: rule('ink2') },
      { token: 'delimiter', foreground: rule('ink2') },
    ],
    colors: {
      'editor.background': token('panel'),
      'editor.foreground': token('ink'),
      'editorLineNumber.foreground': token('ink3'),
      'editorLineNumber.activeForeground': token('ink'),
      'editorCursor.foreground': token('accent'),
      'editor.lineHighlightBackground': token('raised'),
      'editor.lineHighlightBorder': token('raised'),
      'editorWidget.background': token('panel'),
      'editorWidget.border': token('line-strong'),
      'editorHoverWidget.background': token('panel'),
      'editorHoverWidget.border': token('line-strong'),
      'editorSuggestWidget.background': token('panel'),
      'editorSuggestWidget.border': token('line-strong'),
      'editorSuggestWidget.selectedBackground': token('hover'),
      'editorSuggestWidget.selectedForeground': token('ink'),
      'editorSuggestWidget.highlightForeground': token('accent-text'),
      'editorSuggestWidget.focusHighlightForeground': token('accent-text'),
      'editorError.foreground': token('bad'),
      'editorWarning.foreground': token('warn'),
      focusBorder: token('accent'),
      'editorActionList.background': token('panel'),
      'editorActionList.foreground': token('ink'),
      'editorActionList.focusBackground': token('hover'),
      'editorActionList.focusForeground': token('ink'),
      'menu.background': token('panel'),
      'menu.foreground': token('ink'),
      'menu.selectionBackground': token('hover'),
      'menu.selectionForeground': token('ink'),
      'menu.border': token('line-strong'),
      'quickInput.background': token('panel'),
      'quickInput.foreground': token('ink'),
      'quickInputList.focusBackground': token('hover'),
      'quickInputList.focusForeground': token('ink'),
      'textLink.foreground': token('accent-text'),
      'textCodeBlock.background': token('hover'),
      'editorIndentGuide.background1': token('line'),
      'editorIndentGuide.activeBackground1': token('line-strong'),
      'input.background': token('bg'),
      'input.border': token('line-strong'),
      'scrollbarSlider.background': `${token('line-strong')}99`,
      'scrollbarSlider.hoverBackground': token('line-strong'),
    },
  });
  monaco.editor.setTheme('graft');
}
