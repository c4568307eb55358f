/** Search of the Hub as you type; a result is added to the recipe with one press. */

import { Anchor, Copy, Download, Heart, Lock, Plus, Search, X } from 'lucide-react';
import { Button as AriaButton, Input, SearchField } from 'react-aria-components';
import { formatCount } from '../../base/units.ts';
import type { HubModel } from '../../store/state.ts';
import { useActions, useGraft } from '../context.ts';
import { IconButton } from '../controls/button.tsx';
import { Callout } from '../controls/callout.tsx';
import { Menu, MenuItem } from '../controls/menu.tsx';

export function HubSearch() {
  const actions = useActions();
  const search = useGraft((state) => state.models.search);
  return (
    <div className="hub-search">
      <SearchField
        className="search-field"
        aria-label="Search models on the Hub"
        value={search.query}
        onChange={actions.search}
      >
        <Search aria-hidden="true" />
        <Input className="input" placeholder="Search the Hub" spellCheck="false" autoComplete="off" />
        {search.query === '' ? null : (
          <AriaButton className="button icon small bare" aria-label="Clear search">
            <X />
          </AriaButton>
        )}
      </SearchField>
      <Results />
    </div>
  );
}

function Results() {
  const { phase, results, error, query } = useGraft((state) => state.models.search);
  switch (phase) {
    case 'idle':
      return null;
    case 'searching':
      return (
        <p className="search-state" role="status">
          <span className="spinner" /> Searching
        </p>
      );
    case 'failed':
      return (
        <Callout tone="bad">
          {error?.message ?? 'The search failed.'} {error?.fix ?? ''}
        </Callout>
      );
    case 'done':
      return results.length === 0 ? (
        <p className="search-state" role="status">
          No model of the Hub matches “{query.trim()}”.
        </p>
      ) : (
        <ul className="results" aria-label="Search results">
          {results.map((model) => (
            <Result key={model.id} model={model} />
          ))}
        </ul>
      );
  }
}

function Result({ model }: { readonly model: HubModel }) {
  const actions = useActions();
  return (
    <li className="result">
      <AriaButton
        className="result-main"
        aria-label={`Add ${model.id} to the recipe`}
        onPress={() => void actions.addModel(model.id)}
      >
        <span className="result-name">{model.id}</span>
        <span className="facts">
          <span title="Downloads">
            <Download aria-hidden="true" /> {formatCount(model.downloads)}
          </span>
          <span title="Likes">
            <Heart aria-hidden="true" /> {formatCount(model.likes)}
          </span>
          {model.parameterCount === null ? null : <span>{formatCount(model.parameterCount)}</span>}
          {model.license === null ? null : <span>{model.license}</span>}
          {model.gated ? (
            <span className="tone-warn">
              <Lock aria-hidden="true" /> gated
            </span>
          ) : null}
          {model.private ? (
            <span>
              <Lock aria-hidden="true" /> private
            </span>
          ) : null}
        </span>
      </AriaButton>
      <Menu
        label={`Use ${model.id}`}
        onAction={(key) => {
          if (key === 'add') void actions.addModel(model.id);
          else if (key === 'base') void actions.setBaseModel(model.id);
          else void actions.copy(model.id, model.id);
        }}
        trigger={
          <IconButton label={`More for ${model.id}`} hint="Add, use as base, copy" look="small bare">
            <Plus />
          </IconButton>
        }
      >
        <MenuItem id="add" icon={<Plus />} title="Add to the recipe" />
        <MenuItem id="base" icon={<Anchor />} title="Use as base model" />
        <MenuItem id="copy" icon={<Copy />} title="Copy its name" />
      </Menu>
    </li>
  );
}
