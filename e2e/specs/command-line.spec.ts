import { access, chmod, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from '@playwright/test';
import { sha256File } from '../fixtures/app.ts';
import { begin, merge, test } from '../fixtures/command-line.ts';
import { DEMO } from '../fixtures/model-folder.ts';
import { compareTensors, readSafetensors, type Tensor } from '../fixtures/safetensors.ts';
import { GOLDEN } from '../fixtures/test.ts';
import { ensureBuilt } from '../tools/build.ts';
import { findChromium } from '../tools/chromium.mjs';

const HOSTILE = fileURLToPath(new URL('../data/safetensors/cases', import.meta.url));
const MODELS = `${GOLDEN}/models`;

// A build would speak on stderr, and take the time of a test.
test.beforeAll(() => ensureBuilt());

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

/** Every tensor of a directory, over all its shards. */
async function readDirectory(dir: string): Promise<Map<string, Tensor>> {
  const shards = (await readdir(dir)).filter((file) => file.endsWith('.safetensors'));
  return new Map(shards.flatMap((shard) => [...readSafetensors(path.join(dir, shard))]));
}

test('a merge of sharded models is saved in shards, and told as JSON that is true', async ({
  dir,
  recipe,
}) => {
  const golden = await readFile(`${GOLDEN}/recipes/linear.yml`, 'utf8');
  const out = path.join(dir, 'new/out');
  const { exitCode, stdout, stderr, said } = await merge([
    await recipe(`${golden}out_shard_size: 60kb\n`),
    ...['--models', MODELS, '--out', out, '--engine', 'cpu', '--json'],
  ]);
  expect({ exitCode, stderr, lines: stdout.trim().split('\n').length }).toEqual({
    exitCode: 0,
    stderr: '',
    lines: 1,
  });

  const expected = readSafetensors(`${GOLDEN}/expected/linear/model.safetensors`);
  const merged = await readDirectory(out);
  expect([...merged.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, tensor] of expected) {
    const own = merged.get(name);
    if (own === undefined) throw new Error(`${name} is missing`);
    expect(compareTensors(own, tensor).beyond(1e-6), name).toBe(0);
  }

  expect((await readdir(out)).sort()).toEqual(said.files.map((file) => file.path).sort());
  const shards = said.files.filter((file) => file.path.endsWith('.safetensors'));
  expect(shards.map((file) => file.path)).toEqual(
    shards.map((_, at) => `model-0000${at + 1}-of-0000${shards.length}.safetensors`),
  );
  expect(shards.length).toBeGreaterThan(2);
  const index = JSON.parse(await readFile(path.join(out, 'model.safetensors.index.json'), 'utf8')) as {
    readonly metadata: { readonly total_size: number };
    readonly weight_map: Readonly<Record<string, string>>;
  };
  expect(Object.keys(index.weight_map).sort()).toEqual([...expected.keys()].sort());
  for (const { path: file } of shards) {
    const held = Object.keys(index.weight_map).filter((name) => index.weight_map[name] === file);
    expect([...readSafetensors(path.join(out, file)).keys()].sort()).toEqual(held.sort());
  }
  for (const { path: file, bytes, sha256 } of said.files) {
    expect((await readFile(path.join(out, file))).length, file).toBe(bytes);
    expect(await sha256File(path.join(out, file)), file).toBe(sha256);
  }
  const elements = [...expected.values()].reduce((sum, { values }) => sum + values.length, 0);
  expect(index.metadata.total_size).toBe(4 * elements);
  expect(said).toMatchObject({
    ok: true,
    engine: 'cpu',
    device: expect.stringMatching(/./),
    // Two models in BF16.
    bytesFetched: 2 * 2 * elements,
    bytesWritten: said.files.reduce((sum, { bytes }) => sum + bytes, 0),
    seconds: expect.any(Number),
    peakBytesInFlight: expect.any(Number),
    warnings: [],
  });
});

test('a merge on the GPU tells people of its way, and of weights that lay in the folder before', async ({
  dir,
}) => {
  const out = path.join(dir, 'out');
  await mkdir(out);
  await writeFile(path.join(out, 'model-00001-of-00002.safetensors'), 'old');
  const { exitCode, stderr, said } = await merge([
    `${GOLDEN}/recipes/ties-bf16.yml`,
    ...['--models', MODELS, '--out', out, '--engine', 'gpu'],
  ]);
  expect(exitCode).toBe(0);
  expect(said).toMatchObject({ ok: true, engine: 'gpu' });
  expect(said.warnings.join()).toContain('model-00001-of-00002.safetensors');
  expect(stderr).toContain(`Wrote ${said.files.length} files to ${out}.`);
  expect(stderr).toMatch(/done: .* fetched, .* written\n/);
  expect((await readdir(out)).sort()).toEqual(
    [...said.files.map((file) => file.path), 'model-00001-of-00002.safetensors'].sort(),
  );
});

test('--check says what a merge would cost, and merges nothing', async ({ dir }) => {
  const out = path.join(dir, 'out');
  const { exitCode, said } = await merge([
    `${GOLDEN}/recipes/slerp.yml`,
    ...['--models', MODELS, '--out', out, '--check', '--json'],
  ]);
  expect(exitCode).toBe(0);
  expect(said).toMatchObject({
    ok: true,
    problems: [],
    cost: { fetchBytes: expect.any(Number), writeBytes: expect.any(Number), layerCount: 3 },
  });
  expect(await exists(out)).toBe(false);
});

test('a wrong recipe is refused with every problem in its place', async ({ dir, recipe }) => {
  const text = 'merge_method: linar\nmodels:\n  - model: golden/alpha\n    parameters: {weight: heavy}\n';
  const { exitCode, stderr, said } = await merge([
    await recipe(text),
    ...['--models', MODELS, '--out', path.join(dir, 'out')],
  ]);
  expect(exitCode).toBe(2);
  expect(said.ok).toBe(false);
  expect(said.problems.map(({ line, column, code }) => `${line}:${column} ${code}`)).toContain(
    '4:26 invalid-parameter',
  );
  expect(stderr).toContain('recipe.yml:4:26 error: ');
  expect(await exists(path.join(dir, 'out/model.safetensors'))).toBe(false);
});

test('models that are missing or broken are refused where the recipe names them', async ({ dir, recipe }) => {
  const models = path.join(dir, 'models');
  await cp(`${MODELS}/golden/alpha`, path.join(models, 'golden/alpha'), { recursive: true });
  await cp(`${MODELS}/golden/alpha`, path.join(models, 'golden/broken'), { recursive: true });
  await cp(`${HOSTILE}/26_overlap.safetensors`, path.join(models, 'golden/broken/model.safetensors'));
  const text = [
    'merge_method: linear',
    'parameters: {weight: 1}',
    'models:',
    '  - model: golden/alpha',
    '  - model: golden/broken',
    '  - model: golden/nothing',
  ].join('\n');
  const { exitCode, said } = await merge([
    await recipe(text),
    ...['--models', models, '--out', path.join(dir, 'out'), '--json'],
  ]);
  expect(exitCode).toBe(2);
  expect(said.problems).toEqual([
    {
      severity: 'error',
      line: 5,
      column: 12,
      code: 'model-failed',
      message: expect.stringMatching(/model\.safetensors.*overlap/),
    },
    {
      severity: 'error',
      line: 6,
      column: 12,
      code: 'model-failed',
      message: expect.stringContaining('golden/nothing'),
    },
  ]);
});

for (const { what, args, words } of [
  { what: 'no arguments', args: [], words: 'Name one recipe file.' },
  {
    what: 'two recipes',
    args: ['a.yml', 'b.yml', '--models', '.', '--out', 'x'],
    words: 'Name one recipe file.',
  },
  { what: 'no models', args: ['a.yml', '--out', 'x'], words: '--models is missing.' },
  { what: 'no output', args: ['a.yml', '--models', '.'], words: '--out is missing.' },
  {
    what: 'an unknown engine',
    args: ['a.yml', '--models', '.', '--out', 'x', '--engine', 'tpu'],
    words: '"tpu" is none',
  },
  {
    what: 'too small a budget',
    args: ['a.yml', '--models', '.', '--out', 'x', '--budget', '12'],
    words: '--budget takes',
  },
  { what: 'an unknown option', args: ['a.yml', '--model', '.'], words: "'--model'" },
]) {
  test(`${what} on the command line is a usage error`, async () => {
    const { exitCode, stderr, said } = await merge(args);
    expect(exitCode).toBe(1);
    expect(said).toMatchObject({
      ok: false,
      error: { tag: 'InvalidUsage', message: expect.stringContaining(words) },
    });
    expect(stderr).toContain('Usage: npm run merge');
  });
}

test('files and folders that cannot be used are told before anything is merged', async ({ dir, recipe }) => {
  const file = await recipe('merge_method: linear\n');
  const answers = [
    await merge([path.join(dir, 'none.yml'), '--models', MODELS, '--out', path.join(dir, 'out')]),
    await merge([file, '--models', path.join(dir, 'none'), '--out', path.join(dir, 'out')]),
    await merge([file, '--models', MODELS, '--out', path.join(file, 'out'), '--json']),
  ];
  expect(answers.map(({ exitCode, said }) => [exitCode, said.error.tag, said.error.where])).toEqual([
    [1, 'FileMissing', path.join(dir, 'none.yml')],
    [1, 'FileMissing', path.join(dir, 'none')],
    [1, 'StorageUnavailable', path.join(file, 'out')],
  ]);
});

test('an engine that is not there is a typed error', async ({ dir }) => {
  const bare = path.join(dir, 'chromium-without-webgpu');
  const script = [
    '#!/bin/sh',
    'for flag do shift; case "$flag" in *webgpu*|*Vulkan*) ;; *) set -- "$@" "$flag" ;; esac; done',
    `exec "${findChromium()}" "$@" --disable-gpu --disable-features=WebGPUService,Vulkan`,
  ];
  await writeFile(bare, script.join('\n'));
  await chmod(bare, 0o755);
  const { exitCode, said } = await merge(
    [
      `${GOLDEN}/recipes/linear.yml`,
      '--models',
      MODELS,
      '--out',
      path.join(dir, 'out'),
      '--engine',
      'gpu',
      '--json',
    ],
    { CHROMIUM: bare },
  );
  expect(exitCode).toBe(1);
  expect(said).toMatchObject({ ok: false, error: { tag: 'GpuUnavailable' } });
});

test('ended from outside, it leaves nothing half done behind', async ({ dir, recipe }) => {
  const out = path.join(dir, 'out');
  const temporary = path.join(dir, 'tmp');
  await mkdir(temporary);
  const text = await readFile(
    fileURLToPath(new URL('../data/eval/recipes/ties.yml', import.meta.url)),
    'utf8',
  );
  const { child, ended } = begin([await recipe(text), '--models', DEMO, '--out', out, '--engine', 'cpu'], {
    TMPDIR: temporary,
  });
  await new Promise<void>((resolve) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('running:')) resolve();
    });
  });
  child.kill('SIGTERM');
  const { exitCode, said } = await ended;
  expect(exitCode).toBe(1);
  expect(said).toMatchObject({ ok: false, error: { tag: 'Cancelled' } });
  expect(await readdir(out)).toEqual([]);
  expect((await readdir(temporary)).filter((name) => name.startsWith('graft-'))).toEqual([]);
});
