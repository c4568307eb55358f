/** The bar over everything: the recipe's name and state, what it costs, what runs it, and Merge. */

import { CircleHelp, Ellipsis, Settings as Gear, Moon, Redo2, Share2, Sun, Undo2 } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { Input, TextField } from 'react-aria-components';
import { useActions, useGraft, useUi } from '../context.ts';
import { Button, IconButton } from '../controls/button.tsx';
import { Menu, MenuItem, MenuSection } from '../controls/menu.tsx';
import { useTheme } from '../theme.ts';
import { NARROW, useMedia } from '../use-media.ts';
import { CostChip } from './cost-chip.tsx';
import { EngineMenu } from './engine-menu.tsx';
import { ExampleSections, ExamplesMenu, useExampleAction } from './examples-menu.tsx';
import { Logo } from './logo.tsx';
import { MergeButton } from './merge-button.tsx';
import { StatusChip } from './status-chip.tsx';

export function TopBar() {
  return useMedia(NARROW) ? <NarrowBar /> : <WideBar />;
}

function WideBar() {
  const actions = useActions();
  const { view } = useUi();
  const theme = useTheme();
  return (
    <header className="topbar">
      <Logo />
      <RecipeName />
      <UndoRedo />
      <StatusChip />
      <div className="grow" />
      <CostChip />
      <EngineMenu />
      <ExamplesMenu />
      <Button aria-label="Share" onPress={() => void actions.share()}>
        <Share2 aria-hidden="true" />
        <span className="label">Share</span>
      </Button>
      <IconButton label={theme.switchLabel} look="bare" onPress={theme.toggle}>
        {theme.shown === 'dark' ? <Sun /> : <Moon />}
      </IconButton>
      <IconButton label="Settings" look="bare" onPress={() => view.setState({ dialog: 'settings' })}>
        <Gear />
      </IconButton>
      <IconButton
        label="Help"
        hint="Help and shortcuts (?)"
        look="bare"
        onPress={() => view.setState({ dialog: 'help' })}
      >
        <CircleHelp />
      </IconButton>
      <MergeButton />
    </header>
  );
}

function NarrowBar() {
  return (
    <header className="topbar narrow">
      <div className="topbar-row">
        <Logo bare />
        <RecipeName />
        <MergeButton />
      </div>
      <div className="topbar-row">
        <UndoRedo />
        <StatusChip />
        <CostChip />
        <div className="grow" />
        <MoreMenu />
      </div>
    </header>
  );
}

function MoreMenu() {
  const actions = useActions();
  const { view } = useUi();
  const theme = useTheme();
  const example = useExampleAction();
  const act = (key: string | number) => {
    if (key === 'share') void actions.share();
    else if (key === 'theme') theme.toggle();
    else if (key === 'settings' || key === 'help') view.setState({ dialog: key });
    else example(key);
  };
  return (
    <>
      <EngineMenu />
      <Menu
        label="More"
        onAction={act}
        trigger={
          <Button look="icon bare" aria-label="More">
            <Ellipsis />
          </Button>
        }
      >
        <MenuSection title="Graft">
          <MenuItem id="share" icon={<Share2 />} title="Share" />
          <MenuItem id="theme" icon={theme.shown === 'dark' ? <Sun /> : <Moon />} title={theme.switchLabel} />
          <MenuItem id="settings" icon={<Gear />} title="Settings" />
          <MenuItem id="help" icon={<CircleHelp />} title="Help" />
        </MenuSection>
        <ExampleSections />
      </Menu>
    </>
  );
}

function RecipeName(): ReactNode {
  const actions = useActions();
  const name = useGraft((state) => state.recipe.name);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = name === '' ? 'Graft' : `${name} · Graft`;
  }, [name]);
  return (
    <TextField
      className="recipe-name"
      aria-label="Recipe name"
      value={name}
      onChange={actions.rename}
      onKeyDown={(event) => event.key === 'Enter' && input.current?.blur()}
    >
      <Input ref={input} placeholder="Untitled recipe" spellCheck="false" maxLength={120} title={name} />
    </TextField>
  );
}

function UndoRedo() {
  const actions = useActions();
  const past = useGraft((state) => state.recipe.history.past.at(-1));
  const future = useGraft((state) => state.recipe.history.future.at(-1));
  return (
    <div className="undo-redo">
      <IconButton
        label="Undo"
        hint={past === undefined ? 'Nothing to undo' : `Undo: ${past.label}`}
        look="bare"
        isDisabled={past === undefined}
        onPress={actions.undo}
      >
        <Undo2 />
      </IconButton>
      <IconButton
        label="Redo"
        hint={future === undefined ? 'Nothing to redo' : `Redo: ${future.label}`}
        look="bare"
        isDisabled={future === undefined}
        onPress={actions.redo}
      >
        <Redo2 />
      </IconButton>
    </div>
  );
}
