/** Every bound Graft sets, with its reason, in one place. */

const MIB = 1024 * 1024;

export const LIMITS = {
  /** A recipe of 256 KB is 50 times the longest seen on the Hub; past it the YAML parser is the risk. */
  recipeChars: 256 * 1024,
  /** 10,000 nested brackets stall a YAML parser for a quarter of a second and 100,000 kill it. */
  recipeDepth: 50,
  /** Alias bombs multiply; honest recipes use a handful of anchors. */
  recipeAliases: 100,
  /** The reference reader's own cap on a safetensors header. */
  headerBytes: 100_000_000,
  /** config.json and indexes; the largest published index is about 8 MB. */
  jsonBytes: 64 * MIB,
  /** Shards of one checkpoint; the largest published has under 200. */
  shards: 10_000,
  /** Files of one repository or folder; the largest model repositories have some hundreds. */
  modelFiles: 20_000,
  /** Default ceiling of bytes in flight, GPU buffers included. */
  budgetBytes: 512 * MIB,
  /** The ceiling cannot be set lower: a tile of several operands and its output must fit. */
  minBudgetBytes: 64 * MIB,
  /** mergekit's default shard size. */
  shardBytes: 5_000_000_000,
} as const;

/**
 * Elements of a kernel's block. Partial sums are taken over whole blocks and tiles are whole numbers of blocks, so
 * a statistic does not depend on the tile size.
 */
export const BLOCK_ELEMENTS = 4096;
