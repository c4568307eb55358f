import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { RunStatus } from '../../src/engine/protocol.ts';
import { type App, sha256File } from '../fixtures/app.ts';
import { cardOf, DEMO, withModels } from '../fixtures/model-folder.ts';
import { readSafetensors, type Tensor } from '../fixtures/safetensors.ts';
import { test as base, expect } from '../fixtures/shared-app.ts';

const RECIPES = fileURLToPath(new URL('../data/eval/recipes', import.meta.url));
const recipes = readdirSync(RECIPES).map((file) => ({
  name: file.replace('.yml', ''),
  text: readFileSync(path.join(RECIPES, file), 'utf8'),
}));

const test = base.extend<object, { readonly modelsDir: string }>({
  modelsDir: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs from its first parameter.
    ({}, use) =>
      withModels(
        {
          'quill/base': { of: 'quill/base', files: { 'README.md': cardOf('mit') } },
          'quill/add': { of: 'quill/add', files: { 'README.md': cardOf('apache-2.0') } },
          'quill/upper': { of: 'quill/upper', files: { 'README.md': cardOf('cc-by-nc-4.0') } },
          'quill/copyleft': { of: 'quill/upper', files: { 'README.md': cardOf('gpl-3.0') } },
        },
        use,
      ),
    { scope: 'worker' },
  ],
});

const FILES = [
  'README.md',
  'chat_template.jinja',
  'config.json',
  'generation_config.json',
  'graft.lock.json',
  'mergekit_config.yml',
  'model.safetensors',
  'tokenizer.json',
  'tokenizer_config.json',
];

interface Merged {
  readonly run: RunStatus;
  /** Where the downloaded files lie, by their paths. */
  readonly at: (file: string) => string;
  readonly text: (file: string) => string;
}

/** Merges with the hub's models, downloads the files and removes the run. */
async function merge(
  app: App,
  recipe: string,
  engine: 'cpu' | 'gpu',
  files: readonly string[],
): Promise<Merged> {
  const { id } = await app.start(recipe, { engine, demo: false });
  const run = await app.waitForRun(id, 'done');
  expect(run.engine).toBe(engine);
  const places = new Map<string, string>();
  for (const file of files) places.set(file, await app.download(id, file));
  await app.remove(id);
  const at = (file: string) => places.get(file) ?? file;
  return { run, at, text: (file) => readFileSync(at(file), 'utf8') };
}

const hashOf = (run: RunStatus, file: string) => run.files.find((each) => each.path === file)?.sha256;

const parent = (name: string) => readSafetensors(path.join(DEMO, name, 'model.safetensors'));

const kindOf = (tensors: ReadonlyMap<string, Tensor>) =>
  new Map([...tensors].map(([name, { dtype, shape }]) => [name, `${dtype} ${shape.join('x')}`]));

/** The card's front matter and its text. */
function readCard(text: string): { front: unknown; body: string } {
  const [, front = '', body = ''] = /^---\n(.*?)\n---\n(.*)$/s.exec(text) ?? [];
  return { front: parse(front), body };
}

for (const { name, text } of recipes) {
  test(`${name} of trained models is the same on both engines`, async ({ sharedApp: app }) => {
    const cpu = await merge(app, text, 'cpu', ['model.safetensors']);
    const gpu = await merge(app, text, 'gpu', []);
    const sha256 = hashOf(cpu.run, 'model.safetensors');
    expect(hashOf(gpu.run, 'model.safetensors')).toBe(sha256);
    expect(await sha256File(cpu.at('model.safetensors'))).toBe(sha256);
    // Every recipe but the stack of layers makes a model of the parents' shape.
    if (name === 'stack') return;
    const merged = readSafetensors(cpu.at('model.safetensors'));
    expect(kindOf(merged)).toEqual(kindOf(parent('quill/base')));
  });
}

test("stacked layers are the parent's own bytes under their new numbers", async ({ sharedApp: app }) => {
  const { text } = recipes.find(({ name }) => name === 'stack') ?? { text: '' };
  const stack = await merge(app, text, 'cpu', ['model.safetensors', 'config.json']);
  const merged = readSafetensors(stack.at('model.safetensors'));
  const source = parent('quill/upper');
  // Layers 0 to 3, then 3 and 4 again.
  const from = (name: string) =>
    name.replace(
      /layers\.(\d+)/,
      (_, layer: string) => `layers.${Number(layer) < 4 ? layer : Number(layer) - 1}`,
    );
  expect(merged.size).toBe(source.size + layerSize(source));
  for (const [name, { bits }] of merged) expect(bits, name).toEqual(source.get(from(name))?.bits);
  expect(JSON.parse(stack.text('config.json'))).toMatchObject({ num_hidden_layers: 6, vocab_size: 512 });
});

function layerSize(tensors: ReadonlyMap<string, Tensor>): number {
  return [...tensors.keys()].filter((name) => name.includes('layers.0.')).length;
}

test('taking away what a fine-tune learned gives its base back', async ({ sharedApp: app }) => {
  const { text } = recipes.find(({ name }) => name === 'forget-add') ?? { text: '' };
  const merged = readSafetensors(
    (await merge(app, text, 'gpu', ['model.safetensors'])).at('model.safetensors'),
  );
  for (const [name, { bits }] of parent('quill/base')) {
    const same = merged.get(name)?.bits.filter((pattern, at) => pattern === bits[at]).length ?? 0;
    // add + (base - add) rounds differently from base in a few elements at most.
    expect(same, name).toBeGreaterThanOrEqual(0.999 * bits.length);
  }
});

test('the directory says what it was made of, and every file is what the lock file says', async ({
  sharedApp: app,
  sharedHub: hub,
}) => {
  const { text } = recipes.find(({ name }) => name === 'ties') ?? { text: '' };
  const { run, at, text: read } = await merge(app, `seed: 7\n${text}`, 'cpu', FILES);
  expect(run.files.map((file) => file.path)).toEqual(FILES);
  for (const { path: file, sizeBytes, sha256 } of run.files) {
    expect(statSync(at(file)).size, file).toBe(sizeBytes);
    expect(await sha256File(at(file)), file).toBe(sha256);
  }

  const lock = JSON.parse(read('graft.lock.json')) as LockFile;
  const locked = run.files.filter((file) => file.path !== 'graft.lock.json');
  expect(lock.files).toEqual(locked.map(({ path, sizeBytes, sha256 }) => ({ path, sizeBytes, sha256 })));
  expect(lock).toMatchObject({ method: 'ties', seed: 7, engine: 'cpu', createdAt: run.createdAt });
  expect(lock.recipeSha256).toBe(createHash('sha256').update(`seed: 7\n${text}`).digest('hex'));
  expect(read('mergekit_config.yml')).toBe(`seed: 7\n${text}`);
  expect(lock.models.map((model) => model.ref).sort()).toEqual(['quill/add', 'quill/base', 'quill/upper']);
  for (const { ref, origin, files } of lock.models) {
    expect(origin).toMatchObject({ kind: 'hub', endpoint: hub.endpoint, repo: ref, revision: 'main' });
    expect(origin.sha).toMatch(/^[0-9a-f]{40}$/);
    const weights = path.join(DEMO, ref, 'model.safetensors');
    expect(files).toEqual([
      { path: 'model.safetensors', sizeBytes: statSync(weights).size, sha256: await sha256File(weights) },
    ]);
  }

  const { front, body } = readCard(read('README.md'));
  expect(front).toEqual({
    base_model: ['quill/base', 'quill/add', 'quill/upper'],
    base_model_relation: 'merge',
    library_name: 'transformers',
    license: 'cc-by-nc-4.0',
    tags: ['mergekit', 'merge', 'graft'],
  });
  expect(body).toContain(`\`\`\`yaml\nseed: 7\n${text.trimEnd()}\n\`\`\``);
  expect(run.warnings).toEqual([]);
  for (const file of [
    'tokenizer.json',
    'tokenizer_config.json',
    'chat_template.jinja',
    'generation_config.json',
  ])
    expect(read(file)).toBe(readFileSync(path.join(DEMO, 'quill/base', file), 'utf8'));
});

interface LockFile {
  readonly recipeSha256: string;
  readonly models: readonly {
    readonly ref: string;
    readonly origin: { readonly sha: string };
    readonly files: readonly object[];
  }[];
  readonly files: readonly object[];
}

test('licences that do not go together are called so, in the card and beside the run', async ({
  sharedApp: app,
}) => {
  const recipe = (other: string) =>
    `merge_method: linear\nparameters: {weight: 0.5}\nmodels: [{model: quill/add}, {model: ${other}}]\n`;
  const fine = await merge(app, recipe('quill/base'), 'cpu', ['README.md']);
  expect(readCard(fine.text('README.md')).front).toMatchObject({ license: 'apache-2.0' });
  expect(fine.run.warnings).toEqual([]);

  const three = recipe('quill/upper}, {model: quill/copyleft');
  const conflict = await merge(app, three, 'cpu', ['README.md']);
  const { front, body } = readCard(conflict.text('README.md'));
  expect(front).toMatchObject({ license: 'other' });
  expect(conflict.run.warnings.join()).toMatch(/licences of the models differ.*quill\/copyleft: gpl-3\.0/);
  expect(body).toContain('### Licence');
});
