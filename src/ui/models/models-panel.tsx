/** The left column: find models, and see the ones the recipe uses. */

import { Folder, FolderLock, FolderOpen, Package, Plus, Trash2 } from 'lucide-react';
import type { ModelCard as Facts } from '../../engine/protocol.ts';
import type { LocalFolder } from '../../store/state.ts';
import { useActions, useGraft } from '../context.ts';
import { Button, IconButton } from '../controls/button.tsx';
import { Callout } from '../controls/callout.tsx';
import { Menu, MenuItem } from '../controls/menu.tsx';
import { Panel } from '../layout/panel.tsx';
import { pickFolder } from './folder-input.ts';
import { HubSearch } from './hub-search.tsx';
import { ModelCard } from './model-card.tsx';

const DEMO_MODELS = [
  { id: 'quill/base', what: 'A tiny base model, 5 layers.' },
  { id: 'quill/add', what: 'Its fine-tune that adds numbers.' },
  { id: 'quill/upper', what: 'Its fine-tune that writes upper case.' },
] as const;

export function ModelsPanel() {
  const count = useGraft((state) => state.check.models.length);
  return (
    <Panel id="models" title="Models" extra={count === 0 ? null : <span className="count">{count}</span>}>
      <HubSearch />
      <div className="model-sources">
        <OpenFolder />
        <DemoModels />
      </div>
      <Folders />
      <ModelsInUse />
    </Panel>
  );
}

function OpenFolder() {
  const actions = useActions();
  const open = async () => {
    const folder = await pickFolder();
    if (folder !== null) await actions.openFolder(folder.content, folder.name);
  };
  return (
    <Button look="small" aria-label="Open a model folder" onPress={() => void open()}>
      <FolderOpen aria-hidden="true" /> Open folder
    </Button>
  );
}

function DemoModels() {
  const actions = useActions();
  return (
    <Menu
      label="Demo models"
      onAction={(key) => void actions.addModel(String(key))}
      trigger={
        <Button look="small" aria-label="Demo models">
          <Package aria-hidden="true" /> Demo models
        </Button>
      }
    >
      {DEMO_MODELS.map(({ id, what }) => (
        <MenuItem key={id} id={id} icon={<Plus />} title={id} description={what} />
      ))}
    </Menu>
  );
}

function Folders() {
  const folders = useGraft((state) => state.models.locals);
  if (folders.length === 0) return null;
  return (
    <section aria-label="Open folders">
      <ul className="folders">
        {folders.map((folder) => (
          <FolderRow key={folder.model.name} folder={folder} />
        ))}
      </ul>
    </section>
  );
}

function FolderRow({ folder }: { readonly folder: LocalFolder }) {
  const actions = useActions();
  const { name } = folder.model;
  const asks = folder.permission === 'ask';
  return (
    <li className="folder">
      {asks ? <FolderLock aria-hidden="true" /> : <Folder aria-hidden="true" />}
      <span className="folder-name" title={name}>
        {name}
      </span>
      {asks ? (
        <Button
          look="small"
          aria-label={`Grant access to ${name}`}
          onPress={() => void actions.grantFolder(name)}
        >
          Grant access
        </Button>
      ) : (
        <IconButton
          label={`Add ${name} to the recipe`}
          look="small bare"
          onPress={() => void actions.addModel(name)}
        >
          <Plus />
        </IconButton>
      )}
      <IconButton label={`Forget ${name}`} look="small bare" onPress={() => void actions.forgetFolder(name)}>
        <Trash2 />
      </IconButton>
    </li>
  );
}

function ModelsInUse() {
  const report = useGraft((state) => state.check.report);
  const models = useGraft((state) => state.check.models);
  const phase = useGraft((state) => state.check.phase);
  const error = useGraft((state) => state.check.error);
  if (phase === 'failed') {
    return <Callout tone="bad">{error?.message ?? 'The check could not run.'}</Callout>;
  }
  if (report === null) {
    return (
      <p className="search-state" role="status">
        <span className="spinner" /> Reading configs and headers
      </p>
    );
  }
  if (models.length === 0) {
    return (
      <div className="empty">
        <Package aria-hidden="true" />
        <strong>No models yet</strong>
        <p>Search the Hub, drop a folder here, or start from an example.</p>
      </div>
    );
  }
  return (
    <section aria-label="Models in the recipe">
      <ul className="model-cards">
        {baseFirst(models).map((model) => (
          <ModelCard key={model.ref} model={model} />
        ))}
      </ul>
    </section>
  );
}

/** The base is what the others are compared with, wherever the recipe names it. */
function baseFirst(models: readonly Facts[]): Facts[] {
  return [...models.filter((model) => model.isBase), ...models.filter((model) => !model.isBase)];
}
