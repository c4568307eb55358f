/** The recipe at a glance, read from the same text: method, models and their parameters. It edits nothing. */

import { useDeferredValue, useMemo } from 'react';
import { METHODS } from '../../methods/registry.ts';
import { parseRecipe } from '../../recipe/parse-recipe.ts';
import type { OutputSlice, ParameterSet, Recipe, SourceEntry } from '../../recipe/types.ts';
import { useGraft } from '../context.ts';
import { Callout, modelColour } from '../controls/callout.tsx';
import { parameterText } from './parameter-text.ts';

export function RecipeOutline() {
  const text = useDeferredValue(useGraft((state) => state.recipe.text));
  const { recipe, documents } = useMemo(() => parseRecipe(text), [text]);
  return (
    <div className="outline">
      <Callout tone="info">
        A summary read from the YAML. Sliders and the layer stack are not part of this version; edit the YAML,
        and this follows.
      </Callout>
      {recipe === null ? (
        <Callout tone="warn">The recipe has errors that hide its meaning. The YAML tab shows where.</Callout>
      ) : (
        documents.map((document) =>
          document.recipe === null ? null : (
            <Outline
              key={document.locate(['merge_method'], 'key').line}
              recipe={document.recipe}
              name={documents.length > 1 ? document.recipe.name : null}
            />
          ),
        )
      )}
    </div>
  );
}

/** @param name what other documents call its result */
function Outline({ recipe, name }: { readonly recipe: Recipe; readonly name: string | null }) {
  const method = METHODS.get(recipe.mergeMethod);
  return (
    <>
      <section className="outline-card accent" aria-label="Method">
        <h3>
          {name === null ? '' : `${name}: `}
          {method?.title ?? recipe.mergeMethod} <span className="quiet">{recipe.mergeMethod}</span>
        </h3>
        {method === undefined ? null : <p className="quiet">{method.summary}</p>}
        <Parameters set={recipe.parameters} />
      </section>
      {recipe.baseModel === null ? null : (
        <Model name={recipe.baseModel.text} part="base model" parameters={null} layers={null} />
      )}
      {recipe.slices.map((slice, index) => (
        <Slice key={slice.path.join('.')} slice={slice} title={sliceTitle(slice, index, recipe)} />
      ))}
      <section className="outline-card" aria-label="Output">
        <h3>Output</h3>
        <dl className="figures">
          <Row name="computed in" value={recipe.dtype ?? 'as the models are'} />
          <Row name="written as" value={recipe.outDtype ?? recipe.dtype ?? 'as the models are'} />
          <Row name="seed of random masks" value={String(recipe.seed)} />
        </dl>
      </section>
    </>
  );
}

/** `vision_tower, Slice 2`; null for the one slice of a recipe of whole models. */
function sliceTitle({ form, module }: OutputSlice, index: number, { slices }: Recipe): string | null {
  const first = slices.findIndex((slice) => slice.module === module);
  const number = form === 'slices' ? [`Slice ${index - first + 1}`] : [];
  const title = [...(module === null ? [] : [module.name]), ...number].join(', ');
  return title === '' ? null : title;
}

function Slice({ slice, title }: { readonly slice: OutputSlice; readonly title: string | null }) {
  const sources = slice.sources.map((source) => <Source key={source.path.join('.')} source={source} />);
  if (title === null) return <>{sources}</>;
  return (
    <section className="outline-slice" aria-label={title}>
      <h3 className="panel-title">{title}</h3>
      {sources}
      <Parameters set={slice.parameters} />
    </section>
  );
}

function Source({ source }: { readonly source: SourceEntry }) {
  const range = source.layerRange;
  const layers = range === null ? null : `layers ${range[0]} to ${range[1] - 1}`;
  return <Model name={source.model.text} part={null} parameters={source.parameters} layers={layers} />;
}

interface ModelProps {
  readonly name: string;
  readonly part: string | null;
  readonly layers: string | null;
  readonly parameters: ParameterSet | null;
}

function Model({ name, part, layers, parameters }: ModelProps) {
  const colour = useGraft((state) => state.models.colours.get(name));
  return (
    <section className="outline-card" style={modelColour(colour)} aria-label={name}>
      <h3>
        {name} <span className="quiet">{[part, layers].filter((each) => each !== null).join(', ')}</span>
      </h3>
      {parameters === null ? null : <Parameters set={parameters} />}
    </section>
  );
}

function Parameters({ set }: { readonly set: ParameterSet }) {
  if (set.size === 0) return null;
  return (
    <dl className="figures">
      {[...set].map(([name, value]) => (
        <Row key={name} name={name} value={parameterText(value)} />
      ))}
    </dl>
  );
}

function Row({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
