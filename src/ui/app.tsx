/** The whole page around the workspace. */

import { X } from 'lucide-react';
import { useEffect } from 'react';
import { useStore } from 'zustand';
import { recipeStatus, statusWords } from '../store/status.ts';
import { announce, announcer } from './announcer.ts';
import { UiContext, type UiServices, useActions, useGraft } from './context.ts';
import { IconButton } from './controls/button.tsx';
import { Callout, toneStyle } from './controls/callout.tsx';
import { Rich } from './controls/rich.tsx';
import { HelpDialog } from './dialogs/help-dialog.tsx';
import { SettingsDialog } from './dialogs/settings-dialog.tsx';
import { DropTarget } from './drop-target.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { Workspace } from './layout/workspace.tsx';
import { useShortcuts } from './shortcuts.ts';
import { missingAbilities } from './support.ts';
import { useThemeAttribute } from './theme.ts';
import { TopBar } from './topbar/top-bar.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/buttons.css';
import './styles/overlays.css';
import './styles/fields.css';
import './styles/feedback.css';
import './layout/layout.css';
import './topbar/topbar.css';
import './models/models.css';
import './recipe/recipe.css';
import './runs/runs.css';

export function App({ services }: { readonly services: UiServices }) {
  return (
    <ErrorBoundary>
      <UiContext value={services}>
        <Page />
      </UiContext>
    </ErrorBoundary>
  );
}

function Page() {
  useThemeAttribute();
  useShortcuts();
  useSpokenStatus();
  return (
    <div className="app">
      <a className="skip-link" href="#recipe-title">
        Skip to the recipe
      </a>
      <TopBar />
      <Unsupported />
      <main className="workspace-main">
        <Workspace />
      </main>
      <SettingsDialog />
      <HelpDialog />
      <DropTarget />
      <Toast />
      <LiveRegion />
    </div>
  );
}

function Unsupported() {
  const missing = missingAbilities();
  if (missing.length === 0) return null;
  return (
    <div className="unsupported">
      <Callout tone="warn">
        This browser cannot merge: {missing.join('; ')}. Recipes can still be written and checked. Current
        Chrome, Edge, Firefox and Safari can, outside private windows.
      </Callout>
    </div>
  );
}

/** A message stays long enough to be read twice; errors wait for the person. */
const TOAST_MS = 6000;

function Toast() {
  const actions = useActions();
  const notice = useGraft((state) => state.notice);
  useEffect(() => {
    if (notice === null) return;
    announce(notice.text);
    if (notice.tone === 'error') return;
    const timer = setTimeout(actions.dismissNotice, TOAST_MS);
    return () => clearTimeout(timer);
  }, [notice, actions]);
  if (notice === null) return null;
  return (
    <div className="toast" style={toneStyle(notice.tone === 'error' ? 'bad' : 'info')}>
      <span>
        <Rich text={notice.text} />
      </span>
      <IconButton label="Dismiss" look="small bare" onPress={actions.dismissNotice}>
        <X />
      </IconButton>
    </div>
  );
}

function LiveRegion() {
  const { text, count } = useStore(announcer);
  return (
    <div className="visually-hidden" role="log" aria-live="polite" aria-label="Announcements">
      <span key={count}>{text}</span>
    </div>
  );
}

/** Speaks the recipe's status when it settles, not while it is being typed. */
function useSpokenStatus(): void {
  const recipe = useGraft((state) => state.recipe);
  const check = useGraft((state) => state.check);
  const status = recipeStatus({ recipe, check });
  const words = status.kind === 'checking' ? null : statusWords(status);
  useEffect(() => {
    if (words !== null) announce(`Recipe: ${words}.`);
  }, [words]);
}
