/** One model of the recipe: what it is, and whether it fits the others or why it does not. */

import { Check, ExternalLink, FolderLock, KeyRound, RotateCw, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatBytes, formatCount } from '../../base/units.ts';
import type { ModelCard as Facts } from '../../engine/protocol.ts';
import { useActions, useGraft, useUi } from '../context.ts';
import { Button } from '../controls/button.tsx';
import { Callout, modelColour } from '../controls/callout.tsx';
import { Rich } from '../controls/rich.tsx';
import { modelRemedy } from '../words.ts';

export function ModelCard({ model }: { readonly model: Facts }) {
  const colour = useGraft((state) => state.models.colours.get(model.ref));
  return (
    <li className="model-card" style={modelColour(colour)} aria-label={model.ref}>
      <div className="model-head">
        <strong className="model-name">{model.ref}</strong>
        {model.sha === undefined ? null : (
          <span className="mono model-sha" title={`Pinned to commit ${model.sha}`}>
            {model.sha.slice(0, 7)}
          </span>
        )}
      </div>
      {model.state === 'failed' ? <Failure model={model} /> : <Known model={model} />}
    </li>
  );
}

function Known({ model }: { readonly model: Facts }) {
  const misfits = model.misfits ?? [];
  return (
    <>
      <ul className="facts" aria-label="Facts">
        {facts(model).map((fact) => (
          <li key={fact}>{fact}</li>
        ))}
      </ul>
      {misfits.length === 0 ? (
        <p className="fit tone-good">
          <Check aria-hidden="true" /> {model.isBase ? 'Base model' : 'Fits the other models'}
        </p>
      ) : (
        <ul className="misfits" aria-label="Why it does not fit">
          {misfits.map((misfit) => (
            <li key={misfit} className="tone-warn">
              <TriangleAlert aria-hidden="true" />{' '}
              <span>
                <Rich text={misfit} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {(model.notes ?? []).map((note) => (
        <p key={note} className="model-note">
          <Rich text={note} />
        </p>
      ))}
    </>
  );
}

function facts(model: Facts): string[] {
  const { source, parameterCount, layerCount, dtype, vocabularySize, weightBytes, card } = model;
  const parents = card?.baseModels ?? [];
  return [
    source === 'demo' ? 'demo' : source === 'local' ? 'this machine' : null,
    model.architecture ?? null,
    parameterCount === undefined ? null : `${formatCount(parameterCount)} parameters`,
    layerCount === undefined ? null : `${layerCount} layers`,
    dtype ?? null,
    vocabularySize === undefined || vocabularySize === null
      ? null
      : `${vocabularySize.toLocaleString('en')} tokens`,
    weightBytes === undefined ? null : formatBytes(weightBytes),
    card?.license ?? null,
    parents.length === 0 ? null : `from ${parents.join(', ')}`,
  ].filter((fact) => fact !== null);
}

function Failure({ model }: { readonly model: Facts }) {
  const { error } = model;
  return (
    <Callout tone="bad" actions={<Remedy model={model} />}>
      <p>
        <Rich text={error?.message ?? 'The model could not be opened.'} />
      </p>
      {error?.fix === undefined ? null : (
        <p className="quiet">
          <Rich text={error.fix} />
        </p>
      )}
    </Callout>
  );
}

function Remedy({ model }: { readonly model: Facts }): ReactNode {
  const actions = useActions();
  const { view, signIn } = useUi();
  const endpoint = useGraft((state) => state.settings.endpoint);
  const isKnownFolder = useGraft((state) =>
    state.models.locals.some(({ model: { name } }) => name === model.ref),
  );
  const openSettings = () => view.setState({ dialog: 'settings' });
  const token = (
    <Button look="small" onPress={openSettings}>
      <KeyRound aria-hidden="true" /> {signIn === null ? 'Use a token' : 'Sign in'}
    </Button>
  );
  switch (modelRemedy(model.error)) {
    case 'request-access':
      return (
        <>
          <a
            className="button small"
            href={`${endpoint}/${model.ref.split(/[@+]/)[0] ?? ''}`}
            target="_blank"
            rel="noreferrer"
          >
            <ExternalLink aria-hidden="true" /> Request access
          </a>
          {token}
        </>
      );
    case 'token':
      return token;
    case 'grant':
      // Of a folder that is not open, the words say what to do; there is nothing to grant.
      return isKnownFolder ? (
        <Button look="small" onPress={() => void actions.grantFolder(model.ref)}>
          <FolderLock aria-hidden="true" /> Grant access
        </Button>
      ) : undefined;
    case 'retry':
      return (
        <Button look="small" onPress={() => void actions.retryModels()}>
          <RotateCw aria-hidden="true" /> Try again
        </Button>
      );
    case 'none':
      return undefined;
  }
}
