import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { ModelOrigin } from '../../base/bytes.ts';
import { GRAFT_VERSION } from '../../base/version.ts';
import { type CardContent, modelCard } from './model-card.ts';

const hub = (repo: string): ModelOrigin => ({
  kind: 'hub',
  endpoint: 'https://huggingface.co',
  repo,
  revision: 'main',
  sha: 'a'.repeat(40),
});

const CONTENT: CardContent = {
  title: 'my-merge',
  library: 'transformers',
  method: { name: 'ties', paper: { title: 'TIES', url: 'https://arxiv.org/abs/2306.01708' } },
  base: { ref: 'org/base', origin: hub('org/base') },
  models: [
    { ref: 'org/a@dev', origin: hub('org/a') },
    { ref: 'folder', origin: { kind: 'local', name: 'folder' } },
  ],
  recipeText: 'merge_method: ties\n',
  dtype: 'BF16',
  licence: { license: 'apache-2.0', warning: null },
};

function front(card: string): unknown {
  return parse(/^---\n([\s\S]*?)\n---\n/.exec(card)?.[1] ?? '');
}

test("front matter in the Hub's format", () => {
  expect(front(modelCard(CONTENT))).toEqual({
    base_model: ['org/base', 'org/a'],
    base_model_relation: 'merge',
    library_name: 'transformers',
    license: 'apache-2.0',
    tags: ['mergekit', 'merge', 'graft'],
  });
});

test('method, models and recipe', () => {
  const card = modelCard(CONTENT);
  expect(card).toContain('# my-merge\n');
  expect(card).toContain(
    'merged with the [ties](https://arxiv.org/abs/2306.01708) method with [org/base](https://huggingface.co/org/base) as the base.',
  );
  expect(card).toContain('* [org/a@dev](https://huggingface.co/org/a)\n* folder\n');
  expect(card).toContain('```yaml\nmerge_method: ties\n```\n');
  expect(card).toContain(`Graft ${GRAFT_VERSION}`);
});

test('local models alone give no lineage, and no licence gives no key', () => {
  const local = {
    ...CONTENT,
    base: null,
    models: [{ ref: 'x', origin: { kind: 'local', name: 'x' } }],
  } as const;
  const card = modelCard({ ...local, licence: { license: null, warning: null } });
  expect(front(card)).toEqual({ library_name: 'transformers', tags: ['mergekit', 'merge', 'graft'] });
  expect(card).not.toContain('as the base');
});

describe('hostile text', () => {
  test("cannot leave the recipe's fence", () => {
    const recipeText = 'a: b\n```\n````\n<script>';
    expect(modelCard({ ...CONTENT, recipeText })).toContain(`\`\`\`\`\`yaml\n${recipeText}\n\`\`\`\`\`\n`);
  });

  test('cannot become HTML, a link or another line', () => {
    const ref = '<img src=x>](javascript:alert(1))\n# Title';
    const card = modelCard({ ...CONTENT, title: ref, models: [{ ref, origin: hub('a b](x') }] });
    expect(card).not.toContain('<img');
    expect(card).not.toMatch(/(?<!\\)\]\(javascript/);
    expect(card.split('\n').filter((line) => /^# /.test(line))).toHaveLength(1);
  });

  test('stays what it was in the front matter', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (repo, license) => {
        const card = modelCard({
          ...CONTENT,
          base: null,
          models: [{ ref: 'r', origin: hub(repo) }],
          licence: { license, warning: null },
        });
        expect(front(card)).toMatchObject({ base_model: [repo], license });
      }),
    );
  });
});
