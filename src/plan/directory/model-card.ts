/**
 * README.md of the output in the Hub's model card format (huggingface.co/docs/hub/model-cards), worded as mergekit's so
 * that the Hub's merge lineage and people's searches find it. Names and recipe come from strangers: front matter is
 * quoted by the YAML writer, text is escaped, and the recipe's fence is longer than any in it.
 */

import { stringify } from 'yaml';
import type { ModelOrigin } from '../../base/bytes.ts';
import { type OutputDtype, RECIPE_DTYPES } from '../../base/dtype.ts';
import { GRAFT_VERSION } from '../../base/version.ts';
import type { CombinedLicence } from './licences.ts';

export interface CardModel {
  readonly ref: string;
  readonly origin: ModelOrigin;
}

export interface CardContent {
  readonly title: string;
  /** What loads the output; null when its files do not say. */
  readonly library: 'transformers' | 'diffusers' | null;
  readonly method: {
    readonly name: string;
    readonly paper?: { readonly title: string; readonly url: string };
  };
  readonly base: CardModel | null;
  /** The models merged, without the base. */
  readonly models: readonly CardModel[];
  readonly recipeText: string;
  /** The dtype of most of the output's floats; null when it has none. */
  readonly dtype: OutputDtype | null;
  readonly licence: CombinedLicence;
}

/** The card's whole text. */
export function modelCard(content: CardContent): string {
  const { title, library, method, base, models, recipeText, dtype, licence } = content;
  const all = base === null ? models : [base, ...models];
  const hubIds = [...new Set(all.flatMap(({ origin }) => (origin.kind === 'hub' ? [origin.repo] : [])))];
  const front = {
    ...(hubIds.length > 0 ? { base_model: hubIds, base_model_relation: 'merge' } : {}),
    ...(library === null ? {} : { library_name: library }),
    ...(licence.license === null ? {} : { license: licence.license }),
    tags: ['mergekit', 'merge', 'graft'],
  };
  const name = escaped(method.name);
  const methodLink = method.paper === undefined ? name : `[${name}](${method.paper.url})`;
  const baseWords = base === null ? '' : ` with ${link(base)} as the base`;
  const fence = fenceFor(recipeText);
  return [
    `---\n${stringify(front, { lineWidth: 0 })}---`,
    `# ${escaped(title)}`,
    `This is a merge of ${library === 'transformers' ? 'language ' : ''}models.`,
    '## Merge details',
    '### Method',
    `The models were merged with the ${methodLink} method${baseWords}.`,
    '### Models merged',
    [...new Set(models.map((model) => `* ${link(model)}`))].join('\n'),
    ...float8Words(dtype, library !== null),
    '### Recipe',
    `${fence}yaml\n${recipeText.replace(/\n*$/, '')}\n${fence}`,
    ...(licence.warning === null ? [] : ['### Licence', escaped(licence.warning)]),
    `Made with Graft ${GRAFT_VERSION}. The recipe is mergekit's format; graft.lock.json names the exact inputs, the engine and the checksum of every file.`,
  ]
    .join('\n\n')
    .concat('\n');
}

/** config.json cannot say it (`configDtypeName`), so the card does. */
function float8Words(dtype: OutputDtype | null, hasConfig: boolean): string[] {
  if (dtype === null || !dtype.startsWith('F8_')) return [];
  const name = Object.entries(RECIPE_DTYPES).find(([, written]) => written === dtype)?.[0] ?? dtype;
  return [
    '### Element type',
    `The weights are stored as ${name} without scales, to be widened when they are loaded${hasConfig ? '; config.json names the type to compute in' : ''}.`,
  ];
}

/** A fence of backticks longer than any run in `text`, which could close it early. */
function fenceFor(text: string): string {
  let length = 3;
  for (const [run] of text.matchAll(/`+/g)) length = Math.max(length, run.length + 1);
  return '`'.repeat(length);
}

function link({ ref, origin }: CardModel): string {
  if (
    origin.kind !== 'hub' ||
    !/^[\w.-]+(\/[\w.-]+)?$/.test(origin.repo) ||
    !/^https:\/\/[\w.:/-]+$/.test(origin.endpoint)
  ) {
    return escaped(ref);
  }
  return `[${escaped(ref)}](${origin.endpoint.replace(/\/+$/, '')}/${origin.repo})`;
}

/** Text without meaning to Markdown or HTML, on one line. */
function escaped(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]<>#|!~&]/g, (mark) =>
      mark === '<' ? '&lt;' : mark === '&' ? '&amp;' : `\\${mark}`,
    );
}
