/** What an engine might say, for looking at the page in every state. All figures are invented. */

import { EMPTY_HEALTH } from '../../engine/health-report.ts';
import type { CheckReport, ModelCard, RunStatus } from '../../engine/protocol.ts';
import type { Problem } from '../../recipe/types.ts';
import { FIRST_EXAMPLE } from '../../store/examples.ts';
import { NEW_RUN } from '../../store/testing/fake-engine.ts';

const model = (ref: string, fields: Partial<ModelCard> = {}): ModelCard => ({
  ref,
  state: 'ready',
  source: 'demo',
  architecture: 'LlamaForCausalLM',
  parameterCount: 1_234_944,
  layerCount: 5,
  dtype: 'F32',
  vocabularySize: 512,
  weightBytes: 4_941_000,
  card: { license: 'apache-2.0', baseModels: [] },
  misfits: [],
  notes: [],
  ...fields,
});

const MODELS: readonly ModelCard[] = [
  model('quill/base', { isBase: true }),
  model('quill/add', { card: { license: 'apache-2.0', baseModels: ['quill/base'] } }),
  model('quill/upper', { card: { license: 'apache-2.0', baseModels: ['quill/base'] } }),
];

export const READY: CheckReport = {
  problems: [],
  warnings: [],
  models: MODELS,
  cost: {
    fetchBytes: 14_823_000,
    writeBytes: 2_470_000,
    memoryBytes: 512 * 1024 * 1024,
    spoolBytes: 0,
    storageFits: true,
    parameterCount: 1_234_944,
    layerCount: 5,
    tensorCount: 47,
    shardCount: 1,
  },
};

function problemAt(
  part: string,
  fields: Pick<Problem, 'severity' | 'code' | 'message'>,
  fix?: string,
): Problem {
  const start = FIRST_EXAMPLE.text.indexOf(part);
  const before = FIRST_EXAMPLE.text.slice(0, start).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  const line = before.length;
  const span = {
    start,
    end: start + part.length,
    line,
    column,
    endLine: line,
    endColumn: column + part.length,
  };
  return {
    ...fields,
    span,
    fixes: fix === undefined ? [] : [{ title: `Write ${fix}`, edits: [{ span, text: fix }] }],
  };
}

export const PROBLEMS: CheckReport = {
  problems: [
    problemAt('quill/upper\n    parameters'.slice(0, 11), {
      severity: 'error',
      code: 'shape-mismatch',
      message:
        'quill/upper has 640 rows in embed_tokens and quill/base has 512. Merging needs equal shapes; choose models of one family.',
    }),
    problemAt(
      'float32',
      {
        severity: 'error',
        code: 'unknown-dtype',
        message: 'float23 is no dtype. Known are float32, float16, bfloat16.',
      },
      'float32',
    ),
    problemAt('density: 0.5', {
      severity: 'warning',
      code: 'low-density',
      message: 'Half of each delta is dropped.',
    }),
  ],
  warnings: ['The parents have different licences: apache-2.0 and cc-by-nc-4.0. The merge is bound by both.'],
  models: [
    ...MODELS.slice(0, 2),
    model('quill/upper', {
      vocabularySize: 640,
      misfits: ['Its vocabulary has 640 tokens, the base model’s has 512.'],
    }),
  ],
  cost: null,
};

export const FAILED_MODELS: CheckReport = {
  problems: [],
  warnings: [],
  cost: null,
  models: [
    model('meta-llama/Llama-3.2-1B', {
      state: 'failed',
      error: {
        tag: 'ModelGated',
        message: 'meta-llama/Llama-3.2-1B is gated: its owner grants access person by person.',
        fix: 'Request access on its page, then use a token here.',
      },
    }),
    model('local/my-model', {
      state: 'failed',
      error: { tag: 'PermissionNeeded', message: 'The browser asks again before this folder is read.' },
    }),
    model('mistralai/Mistral-7B-v0.1', {
      source: 'hub',
      sha: '7231864981174d9bee8c7687c24c8344414eae6b',
      architecture: 'MistralForCausalLM',
      parameterCount: 7_241_732_096,
      layerCount: 32,
      dtype: 'BF16',
      vocabularySize: 32_000,
      weightBytes: 14_483_464_192,
      misfits: ['It has 32 layers, the others have 16.'],
      notes: ['Its index lists a tensor that no shard has: model.layers.0.self_attn.rotary_emb.inv_freq.'],
    }),
    model('owner/missing', {
      state: 'failed',
      error: {
        tag: 'NetworkLost',
        message: 'The hub did not answer after six attempts.',
        fix: 'Check the connection.',
      },
    }),
  ],
};

const shard = (index: number, writtenBytes: number, sizeBytes = 4_940_000_000) => ({
  path: `model-0000${index}-of-00003.safetensors`,
  sizeBytes,
  writtenBytes,
});

export const RUNNING: RunStatus = {
  ...NEW_RUN,
  id: 'run-12',
  name: 'math + chat, DARE-TIES',
  createdAt: '2026-03-02T10:00:00.000Z',
  method: 'dare_ties',
  engine: 'gpu',
  device: 'Apple M3',
  recipeText: FIRST_EXAMPLE.text,
  fetchedBytes: 17_600_000_000,
  fetchBytes: 43_400_000_000,
  mergedBytes: 5_900_000_000,
  writtenBytes: 5_800_000_000,
  writeBytes: 14_500_000_000,
  fetchBytesPerSecond: 61_000_000,
  writeBytesPerSecond: 20_000_000,
  secondsLeft: 422,
  activeSeconds: 290,
  inFlightBytes: 412_000_000,
  waitsForNetwork: false,
  health: EMPTY_HEALTH,
  tensorCount: 291,
  budgetBytes: 536_870_912,
  current: 'model.layers.14.self_attn.o_proj.weight',
  shards: [shard(1, 4_940_000_000), shard(2, 860_000_000), shard(3, 0, 4_620_000_000)],
  log: [
    { at: '2026-03-02T10:00:00.000Z', text: 'Started on WebGPU, Apple M3.' },
    { at: '2026-03-02T10:04:10.000Z', text: 'model-00001-of-00003.safetensors is complete.' },
  ],
};

export const PAUSED: RunStatus = {
  ...RUNNING,
  state: 'paused',
  error: { tag: 'StorageFull', message: 'The disk is full.', fix: 'Free 8.7 GB, then press Resume.' },
};

export const INTERRUPTED: RunStatus = {
  ...RUNNING,
  id: 'run-10',
  name: 'Qwen chat + code',
  createdAt: '2026-02-27T10:00:00.000Z',
  state: 'interrupted',
};

const HASH = '9f3c1be2a4d5768890ab12cd34ef56789f3c1be2a4d5768890ab12cd34efa1e1';

export const DONE: RunStatus = {
  ...NEW_RUN,
  id: 'run-11',
  name: FIRST_EXAMPLE.title,
  createdAt: '2026-03-01T10:00:00.000Z',
  state: 'done',
  activeSeconds: 4.2,
  recipeText: FIRST_EXAMPLE.text,
  files: [
    { path: 'README.md', sizeBytes: 1_420, sha256: HASH },
    { path: 'config.json', sizeBytes: 702, sha256: HASH },
    { path: 'graft.lock.json', sizeBytes: 2_118, sha256: HASH },
    { path: 'mergekit_config.yml', sizeBytes: 251, sha256: HASH },
    { path: 'model.safetensors', sizeBytes: 2_474_336, sha256: HASH },
    { path: 'tokenizer.json', sizeBytes: 31_904, sha256: HASH },
    { path: 'tokenizer_config.json', sizeBytes: 1_020, sha256: HASH },
  ],
  warnings: [],
};
