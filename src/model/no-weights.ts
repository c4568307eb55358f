/** Says why a model has no weights that can be read, and what to name instead: other formats, adapters, unclear files. */

import type { ModelFiles } from '../base/bytes.ts';
import { GraftError } from '../base/errors.ts';
import { readCard } from './read-card.ts';

/** Names listed in a message; the rest are counted. */
const MAX_NAMED = 3;

interface Format {
  readonly files: RegExp;
  readonly name: string;
  readonly fix: string;
}

const CONVERT =
  'Choose a revision with safetensors weights, or convert the model (save_pretrained writes safetensors).';

/** The first row that a file matches is told. */
const FORMATS: readonly Format[] = [
  {
    files: /\.gguf$/i,
    name: 'GGUF',
    fix: 'Name the original model that the GGUF files were made from.',
  },
  { files: /\.(bin|pt|pth|ckpt)$/i, name: 'PyTorch pickle', fix: CONVERT },
  { files: /\.npz$/i, name: 'MLX', fix: 'Name the original model that the MLX files were made from.' },
  { files: /\.onnx$/i, name: 'ONNX', fix: 'Name the original model that was exported to ONNX.' },
  { files: /\.(h5|msgpack|ot|tflite)$/i, name: 'TensorFlow, Flax or Rust', fix: CONVERT },
];

/**
 * The error to throw, of tag `FileMissing`.
 * @param weights its safetensors files at the root that may be a model's
 */
export async function noWeights(
  files: ModelFiles,
  weights: readonly string[],
  signal?: AbortSignal,
): Promise<GraftError> {
  const { entries } = files;
  const { baseModels } = await readCard(files, signal);
  const [base] = baseModels;
  const cardSays = base !== undefined && baseModels.length === 1 ? ` Its card names ${base}.` : '';
  const failed = (message: string, fix: string) =>
    new GraftError('FileMissing', message, { where: 'model.safetensors', fix: fix + cardSays });
  if (weights.length > 0) {
    return failed(
      `The model has ${listed(weights)} but no index, so which files belong together is unknown.`,
      `Complete the download, or name one file: owner/name/${weights[0]}.`,
    );
  }
  const nested = entries.map(({ path }) => path).filter((path) => path.endsWith('.safetensors'));
  if (entries.some(({ path }) => /^adapter_(model|config)/.test(path))) {
    return failed(
      'This is an adapter (LoRA), not a model.',
      'Merge the adapter into its base model first, or name the base model. Adapters alone are merged by file: owner/name/adapter_model.safetensors.',
    );
  }
  if (nested.length > 0) {
    return failed(
      `The model has its weights in folders: ${listed(nested)}.`,
      `Name one file: owner/name/${nested[0]}.`,
    );
  }
  const format = FORMATS.find(({ files }) => entries.some(({ path }) => files.test(path)));
  return format === undefined
    ? failed('The model has no safetensors weights.', CONVERT)
    : failed(`The model has its weights only as ${format.name} files; Graft reads safetensors.`, format.fix);
}

/** `a, b, c and 4 more`. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED).join(', ');
  return names.length > MAX_NAMED ? `${shown} and ${names.length - MAX_NAMED} more` : shown;
}
