/** Recipes to start from. The demo ones use the quill models that ship with the page, so they need no network. */

export interface Example {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly group: 'demo' | 'hub';
  readonly text: string;
}

const demo = (id: string, title: string, summary: string, text: string): Example => ({
  id,
  title,
  summary,
  group: 'demo',
  text,
});

const hub = (id: string, title: string, summary: string, text: string): Example => ({
  id,
  title,
  summary,
  group: 'hub',
  text,
});

/** The recipe of a first visit. */
export const FIRST_EXAMPLE = demo(
  'demo-ties',
  'TIES: addition and upper case',
  'Two experts on one base: keep the largest changes, elect a sign, average.',
  `# Two small experts that ship with Graft, merged onto the base they were trained from.
# quill/add learned to add numbers, quill/upper to write in upper case.
merge_method: ties
base_model: quill/base
models:
  - model: quill/add
    parameters:
      weight: 1.0
      density: 0.5
  - model: quill/upper
    parameters:
      weight: 0.7
      density: 0.5
dtype: float32
out_dtype: bfloat16
`,
);

export const EXAMPLES: readonly Example[] = [
  FIRST_EXAMPLE,
  demo(
    'demo-linear',
    'Linear: the plain average',
    'Half of each. The simplest merge there is.',
    `merge_method: linear
models:
  - model: quill/add
    parameters:
      weight: 0.5
  - model: quill/upper
    parameters:
      weight: 0.5
dtype: float32
out_dtype: bfloat16
`,
  ),
  demo(
    'demo-slerp',
    'SLERP: along the arc, by layer',
    'Attention leans to one model and the MLP to the other as layers go up.',
    `merge_method: slerp
base_model: quill/add
models:
  - model: quill/add
  - model: quill/upper
parameters:
  t:
    - filter: self_attn
      value: [0, 0.5, 1]
    - filter: mlp
      value: [1, 0.5, 0]
    - value: 0.4
dtype: float32
out_dtype: bfloat16
`,
  ),
  demo(
    'demo-task-arithmetic',
    'Task arithmetic: add what was learned',
    'Add both task vectors to the base, each with its own weight.',
    `merge_method: task_arithmetic
base_model: quill/base
models:
  - model: quill/add
    parameters:
      weight: 0.9
  - model: quill/upper
    parameters:
      weight: 0.7
dtype: float32
out_dtype: bfloat16
`,
  ),
  demo(
    'demo-dare-ties',
    'DARE-TIES: drop at random, rescale',
    'Most of a fine-tune can be dropped if the rest is scaled up. Seeded, so it repeats.',
    `merge_method: dare_ties
base_model: quill/base
models:
  - model: quill/add
    parameters:
      weight: 0.9
      density: 0.8
  - model: quill/upper
    parameters:
      weight: 0.6
      density: 0.8
seed: 7
dtype: float32
out_dtype: bfloat16
`,
  ),
  demo(
    'demo-stack',
    'Layer stack: a taller model',
    'A frankenmerge: layers of one model, some of them twice.',
    `merge_method: passthrough
slices:
  - sources:
      - model: quill/upper
        layer_range: [0, 4]
  - sources:
      - model: quill/upper
        layer_range: [3, 5]
dtype: bfloat16
`,
  ),
  demo(
    'demo-block-expansion',
    'Block expansion: new layers that start silent',
    'A copied layer whose outputs are scaled to zero changes nothing until it is trained.',
    `merge_method: passthrough
slices:
  - sources:
      - model: quill/base
        layer_range: [0, 3]
  - sources:
      - model: quill/base
        layer_range: [2, 3]
        parameters:
          scale:
            - filter: o_proj
              value: 0.0
            - filter: down_proj
              value: 0.0
            - value: 1.0
  - sources:
      - model: quill/base
        layer_range: [3, 5]
dtype: bfloat16
`,
  ),
  hub(
    'hub-qwen-slerp',
    'Qwen2.5 0.5B: chat meets code (SLERP)',
    'Two 0.5 B models, about 2 GB to fetch.',
    `merge_method: slerp
base_model: Qwen/Qwen2.5-0.5B-Instruct
models:
  - model: Qwen/Qwen2.5-0.5B-Instruct
  - model: Qwen/Qwen2.5-Coder-0.5B-Instruct
parameters:
  t:
    - filter: self_attn
      value: [0, 0.5, 0.3, 0.7, 1]
    - filter: mlp
      value: [1, 0.5, 0.7, 0.3, 0]
    - value: 0.5
dtype: float32
out_dtype: bfloat16
`,
  ),
  hub(
    'hub-mistral-dare-ties',
    'Mistral 7B: two chat models (DARE-TIES)',
    'Three 7 B models, about 43 GB to fetch and 14.5 GB to write.',
    `merge_method: dare_ties
base_model: mistralai/Mistral-7B-v0.1
models:
  - model: HuggingFaceH4/zephyr-7b-beta
    parameters:
      weight: 0.4
      density: 0.65
  - model: Intel/neural-chat-7b-v3-3
    parameters:
      weight: 0.3
      density: 0.6
seed: 42
dtype: float16
`,
  ),
  hub(
    'hub-mistral-upscale',
    'Mistral 7B: depth up-scaling to 48 layers',
    'The stack SOLAR 10.7B was grown from: the first and the last 24 layers.',
    `merge_method: passthrough
slices:
  - sources:
      - model: mistralai/Mistral-7B-v0.1
        layer_range: [0, 24]
  - sources:
      - model: mistralai/Mistral-7B-v0.1
        layer_range: [8, 32]
dtype: bfloat16
`,
  ),
];
