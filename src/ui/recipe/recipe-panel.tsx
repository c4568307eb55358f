/** The middle column: the recipe, as an outline and as the text that is the truth. */

import { AlignLeft, Ellipsis, FileDown, FileUp } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useActions, useUi, useView } from '../context.ts';
import { Button } from '../controls/button.tsx';
import { Menu, MenuItem } from '../controls/menu.tsx';
import { Panel } from '../layout/panel.tsx';
import type { View } from '../view.ts';
import { ProblemList } from './problem-list.tsx';
import { pickRecipeFile } from './recipe-file.ts';
import { RecipeOutline } from './recipe-outline.tsx';

/** Monaco is 1 MB and more: loaded after the page stands. */
const YamlEditor = lazy(() => import('../editor/yaml-editor.tsx'));

export function RecipePanel() {
  const { view } = useUi();
  const tab = useView((state) => state.recipeTab);
  return (
    <Panel id="recipe" title="Recipe">
      <Tabs
        className="tabs"
        selectedKey={tab}
        onSelectionChange={(key) => view.setState({ recipeTab: key as View['recipeTab'] })}
      >
        <div className="tabs-head">
          <TabList className="tab-list" aria-label="Recipe views">
            <Tab className="tab" id="visual">
              Visual
            </Tab>
            <Tab className="tab" id="yaml">
              YAML
            </Tab>
          </TabList>
          <div className="grow" />
          {tab === 'yaml' ? <FormatButton /> : null}
          <RecipeMenu />
        </div>
        <TabPanel className="tab-panel scrolls" id="visual">
          <RecipeOutline />
        </TabPanel>
        {/* Kept while the other tab is shown, so that the cursor and folds stay. */}
        <TabPanel className="tab-panel yaml-tab" id="yaml" shouldForceMount>
          <Suspense fallback={<EditorLoading />}>
            <YamlEditor />
          </Suspense>
          <ProblemList />
        </TabPanel>
      </Tabs>
    </Panel>
  );
}

function FormatButton() {
  const actions = useActions();
  return (
    <Button look="small bare" aria-label="Format the recipe" onPress={actions.format}>
      <AlignLeft aria-hidden="true" /> Format
    </Button>
  );
}

/** What can be done with the recipe as a file. */
function RecipeMenu() {
  const actions = useActions();
  const act = (key: string | number) => {
    if (key === 'open') pickRecipeFile((text, name) => actions.importRecipe(text, name));
    else void actions.exportForMergekit();
  };
  return (
    <Menu
      label="Recipe file"
      onAction={act}
      trigger={
        <Button look="small bare" aria-label="Recipe file">
          <Ellipsis aria-hidden="true" />
        </Button>
      }
    >
      <MenuItem id="open" icon={<FileUp />} title="Open a recipe file" description="Or drop one anywhere." />
      <MenuItem
        id="mergekit"
        icon={<FileDown />}
        title="Export for mergekit"
        description="Plain mergekit YAML: globs, layers and kinds written out."
      />
    </Menu>
  );
}

function EditorLoading() {
  return (
    <div className="yaml-editor loading">
      <p className="search-state" role="status">
        <span className="spinner" /> Loading the editor
      </p>
    </div>
  );
}
