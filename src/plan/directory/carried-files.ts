/**
 * Which of the donor's small files the output carries: everything a loader may ask for besides config and weights
 * (what mergekit 0.1.4 copies, and what it forgets: tokenizer, generation config, templates, processors, custom code).
 */

const MIB = 1024 * 1024;
/** The largest tokenizer.json published (about 250,000 tokens with merges) has some 40 MB. */
const MAX_SIDE_FILE_BYTES = 128 * MIB;

const NAMES: ReadonlySet<string> = new Set([
  'added_tokens.json',
  'generation_config.json',
  'merges.txt',
  'spiece.model',
  'sentencepiece.bpe.model',
  'vocab.json',
  'vocab.txt',
  'vocab.bpe',
  'bpe.codes',
  'special_tokens_map.json',
  'preprocessor_config.json',
  'video_preprocessor_config.json',
  'image_processor_config.json',
  'feature_extractor_config.json',
  'processor_config.json',
  'normalizer.json',
]);
const PATTERNS = [
  /^tokenizer[\w.-]*$/,
  /^tokenization[\w.-]*$/,
  /^[\w.-]+\.tiktoken$/,
  /^tekken\.json$/,
  /^chat_template[\w.-]*$/,
];
/** Templates of several names live in a folder (transformers 4.50 and later). */
const TEMPLATE_FOLDER = /^additional_chat_templates\/[\w.-]+\.jinja$/;
const CODE = /^(?:[\w-]+\/)?[\w-]+\.py$/;

export interface SideFileChoice<T> {
  readonly carried: readonly T[];
  /** Files a loader may ask for that are too large to carry, in plain words. */
  readonly warnings: readonly string[];
}

/** The files of `files` to carry, in their order. */
export function chooseSideFiles<T extends { readonly path: string; readonly sizeBytes: number }>(
  files: readonly T[],
): SideFileChoice<T> {
  const wanted = files.filter(({ path }) => isCarried(path));
  return {
    carried: wanted.filter(({ sizeBytes }) => sizeBytes <= MAX_SIDE_FILE_BYTES),
    warnings: wanted
      .filter(({ sizeBytes }) => sizeBytes > MAX_SIDE_FILE_BYTES)
      .map(({ path }) => `${path} is too large to carry over; copy it into the output by hand.`),
  };
}

function isCarried(path: string): boolean {
  return (
    NAMES.has(path) ||
    PATTERNS.some((pattern) => pattern.test(path)) ||
    TEMPLATE_FOLDER.test(path) ||
    CODE.test(path)
  );
}
