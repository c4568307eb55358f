/** The layers of src and what each may import. This table is the rule; imports.ts enforces it. */

export interface Layer {
  /** Layers, or single files and folders of layers, that it may import besides itself. */
  readonly imports: readonly string[];
  /** No DOM, no network, no storage: runs anywhere, tested in Node. */
  readonly pure?: true;
}

const EVERY_PURE_LAYER = ['base', 'recipe', 'safetensors', 'model', 'methods', 'plan'];

export const LAYERS: ReadonlyMap<string, Layer> = new Map<string, Layer>([
  // package.json for the version, which is said once.
  ['base', { imports: ['package.json'], pure: true }],
  ['recipe', { imports: ['base'], pure: true }],
  ['safetensors', { imports: ['base'], pure: true }],
  ['model', { imports: ['base', 'safetensors'], pure: true }],
  ['kernels', { imports: ['base'] }],
  ['sources', { imports: ['base', 'recipe'] }],
  ['storage', { imports: ['base'] }],
  // Methods and plans are written over the kernels' interface and their shared arithmetic, never over an engine.
  ['methods', { imports: ['base', 'kernels/types.ts', 'kernels/shared'], pure: true }],
  [
    'plan',
    {
      imports: ['base', 'recipe', 'safetensors', 'model', 'methods', 'kernels/types.ts', 'kernels/shared'],
      pure: true,
    },
  ],
  ['engine', { imports: [...EVERY_PURE_LAYER, 'kernels', 'sources', 'storage'] }],
  // The page side sees the engine through its client; workers load the rest.
  [
    'store',
    {
      imports: [
        'base',
        'recipe',
        'methods',
        'engine/protocol.ts',
        'engine/health-report.ts',
        'engine/client.ts',
        'kernels/types.ts',
      ],
    },
  ],
  [
    'ui',
    {
      imports: [
        'base',
        'recipe',
        'methods',
        'engine/protocol.ts',
        'engine/health-report.ts',
        'kernels/types.ts',
        'store',
      ],
    },
  ],
]);

/** The composition root: the only file that may import every layer. */
export const COMPOSITION_ROOT = 'src/main.tsx';

/** The only folder that reads shaders. */
export const SHADER_READER = 'src/kernels/gpu/';

/** AssemblyScript, compiled to WebAssembly: not TypeScript in spite of its name, and it imports only itself. */
export const ASSEMBLY = 'src/kernels/cpu/assembly/';

/** What makes a file impure, as free identifiers. */
export const PAGE_GLOBALS: ReadonlySet<string> = new Set([
  'document',
  'window',
  'navigator',
  'fetch',
  'localStorage',
  'indexedDB',
]);
