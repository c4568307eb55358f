/** Columns and drawer on wide screens, tabs on narrow ones. Sizes are remembered. */

import { ChevronsDownUp, ChevronsUpDown, PanelLeft, PanelRight } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { Group, type Layout, Separator, Panel as SizedPanel, usePanelRef } from 'react-resizable-panels';
import { useGraft, useUi, useView } from '../context.ts';
import { IconButton } from '../controls/button.tsx';
import { InspectPanel } from '../inspect/inspect-panel.tsx';
import { ModelsPanel } from '../models/models-panel.tsx';
import { RecipePanel } from '../recipe/recipe-panel.tsx';
import { RunsPanel } from '../runs/runs-panel.tsx';
import { NARROW, useMedia } from '../use-media.ts';
import { goTo, PANEL_TITLES, PANELS, type PanelId, toggleFold } from '../view.ts';
import { type Layouts, readLayouts } from './layouts.ts';

const CONTENT: Readonly<Record<PanelId, ReactNode>> = {
  models: <ModelsPanel />,
  recipe: <RecipePanel />,
  inspect: <InspectPanel />,
  runs: <RunsPanel />,
};

export function Workspace() {
  return useMedia(NARROW) ? <NarrowWorkspace /> : <WideWorkspace />;
}

function NarrowWorkspace() {
  const { view } = useUi();
  const panel = useView((state) => state.panel);
  const status = useGraft((state) => state.runs.list.filter((run) => run.state === 'running').length);
  return (
    <Tabs
      className="narrow-workspace"
      selectedKey={panel}
      onSelectionChange={(key) => view.setState({ panel: key as PanelId })}
    >
      {/* First in the document, as the library needs it; the style sheet shows it at the bottom. */}
      <TabList className="bottom-tabs" aria-label="Panels">
        {PANELS.map((id) => (
          <Tab key={id} id={id} className="bottom-tab">
            {PANEL_TITLES[id]}
            {id === 'runs' && status > 0 ? <span className="count">{status}</span> : null}
          </Tab>
        ))}
      </TabList>
      {PANELS.map((id) => (
        <TabPanel key={id} id={id} className="tab-panel" shouldForceMount>
          {CONTENT[id]}
        </TabPanel>
      ))}
    </Tabs>
  );
}

function WideWorkspace() {
  const { memory, view } = useUi();
  const [layouts, setLayouts] = useState<Layouts | null>(null);
  useEffect(() => {
    let gone = false;
    void memory.read('layout').then((stored) => {
      if (gone) return;
      const read = readLayouts(stored);
      if (read.folded !== undefined) view.setState({ folded: new Set(read.folded) });
      setLayouts(read);
    });
    return () => {
      gone = true;
    };
  }, [memory, view]);
  // One frame without panels is less of a jump than panels that change size.
  return layouts === null ? <div className="workspace" /> : <Columns initial={layouts} />;
}

function Columns({ initial }: { readonly initial: Layouts }) {
  const { memory, view } = useUi();
  const [layouts] = useState<{ current: Layouts }>({ current: initial });
  const remember = (key: 'rows' | 'columns') => (layout: Layout) => {
    layouts.current = { ...layouts.current, [key]: layout, folded: [...view.getState().folded] };
    void memory.write('layout', layouts.current);
  };
  return (
    <Group
      className="workspace"
      orientation="vertical"
      {...(initial.rows === undefined ? {} : { defaultLayout: initial.rows })}
      onLayoutChanged={remember('rows')}
    >
      <SizedPanel id="columns" minSize="160px">
        <Group
          orientation="horizontal"
          {...(initial.columns === undefined ? {} : { defaultLayout: initial.columns })}
          onLayoutChanged={remember('columns')}
        >
          <FoldablePanel id="models" />
          <Separator className="separator vertical" aria-label="Resize Models" />
          <SizedPanel id="recipe" className="sized" minSize="320px">
            <RecipePanel />
          </SizedPanel>
          <Separator className="separator vertical" aria-label="Resize Inspect" />
          <FoldablePanel id="inspect" />
        </Group>
      </SizedPanel>
      <Separator className="separator horizontal" aria-label="Resize Runs" />
      <FoldablePanel id="runs" />
    </Group>
  );
}

interface Foldable {
  /** Where it folds away to. */
  readonly side: 'left' | 'right' | 'bottom';
  /** Sizes in pixels: folded, the least it can be read at, what it takes when it opens, and at the first visit. */
  readonly folded: number;
  readonly least: number;
  readonly opened: number;
  readonly first: number;
  readonly most: number | '100%';
}

const FOLDABLE = {
  models: { side: 'left', folded: 42, least: 220, opened: 284, first: 284, most: 520 },
  inspect: { side: 'right', folded: 42, least: 240, opened: 340, first: 42, most: 640 },
  runs: { side: 'bottom', folded: 40, least: 132, opened: 236, first: 236, most: '100%' },
} as const satisfies Partial<Record<PanelId, Foldable>>;

type FoldableId = keyof typeof FOLDABLE;

function FoldablePanel({ id }: { readonly id: FoldableId }) {
  const { folded, least, first, most } = FOLDABLE[id];
  const { ref, onResize } = useFoldable(id);
  return (
    <SizedPanel
      id={id}
      className="sized"
      panelRef={ref}
      collapsible
      collapsedSize={folded}
      minSize={least}
      defaultSize={first}
      maxSize={most}
      groupResizeBehavior="preserve-pixel-size"
      onResize={onResize}
    >
      <Folding id={id} />
    </SizedPanel>
  );
}

/** Keeps a panel's fold in the view and its size in the group telling the same. */
function useFoldable(id: FoldableId) {
  const { view } = useUi();
  const ref = usePanelRef();
  const folded = useView((state) => state.folded.has(id));
  useEffect(() => {
    const panel = ref.current;
    if (panel === null || panel.isCollapsed() === folded) return;
    if (folded) panel.collapse();
    else {
      panel.expand();
      // A panel that was never open in this visit expands to its least; give it room to read.
      if (panel.getSize().inPixels <= FOLDABLE[id].least + 1) panel.resize(FOLDABLE[id].opened);
    }
  }, [folded, ref, id]);
  const onResize = () => {
    const collapsed = ref.current?.isCollapsed();
    if (collapsed !== undefined && collapsed !== view.getState().folded.has(id)) toggleFold(view, id);
  };
  return { ref, onResize };
}

const FOLD_ICONS = { left: PanelLeft, right: PanelRight, bottom: ChevronsUpDown } as const;

function Folding({ id }: { readonly id: FoldableId }) {
  const { view } = useUi();
  const { side } = FOLDABLE[id];
  const folded = useView((state) => state.folded.has(id));
  const title = PANEL_TITLES[id];
  const Icon = side === 'bottom' && !folded ? ChevronsDownUp : FOLD_ICONS[side];
  return (
    <div className={`folding ${side} ${folded ? 'folded' : ''}`}>
      {folded ? (
        <section className="folded-label" aria-label={title}>
          <span className="panel-title" aria-hidden="true">
            {title}
          </span>
        </section>
      ) : (
        CONTENT[id]
      )}
      <IconButton
        look="small bare fold-button"
        label={folded ? `Show ${title}` : `Hide ${title}`}
        onPress={() => (folded ? goTo(view, id) : toggleFold(view, id))}
      >
        <Icon />
      </IconButton>
    </div>
  );
}
