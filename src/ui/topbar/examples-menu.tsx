/** Recipes to start from, and a recipe from a file. */

import { BookOpen, FileUp } from 'lucide-react';
import { EXAMPLES, type Example } from '../../store/examples.ts';
import { useActions, useUi } from '../context.ts';
import { Button } from '../controls/button.tsx';
import { Menu, MenuItem, MenuSection } from '../controls/menu.tsx';
import { pickRecipeFile } from '../recipe/recipe-file.ts';
import { show } from '../view.ts';

export function ExamplesMenu() {
  return (
    <Menu
      label="Examples"
      onAction={useExampleAction()}
      trigger={
        <Button aria-label="Examples">
          <BookOpen aria-hidden="true" />
          <span className="label">Examples</span>
        </Button>
      }
    >
      <ExampleSections />
    </Menu>
  );
}

/** Loads what a menu item stands for. */
export function useExampleAction(): (key: string | number) => void {
  const actions = useActions();
  const { view } = useUi();
  return (key) => {
    if (key === 'open-file') pickRecipeFile((text, name) => actions.importRecipe(text, name));
    else actions.loadExample(String(key));
    show(view, 'recipe');
  };
}

export function ExampleSections() {
  return (
    <>
      <MenuSection title="Demo models, no network">{EXAMPLES.filter(isDemo).map(item)}</MenuSection>
      <MenuSection title="Models of the Hub">
        {EXAMPLES.filter((each) => !isDemo(each)).map(item)}
      </MenuSection>
      <MenuSection title="Your own">
        <MenuItem
          id="open-file"
          icon={<FileUp />}
          title="Open a recipe file"
          description="Or drop one anywhere."
        />
      </MenuSection>
    </>
  );
}

function isDemo(example: Example): boolean {
  return example.group === 'demo';
}

function item(example: Example) {
  return <MenuItem key={example.id} id={example.id} title={example.title} description={example.summary} />;
}
