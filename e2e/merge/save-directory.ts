/** Saves a finished run's files into a folder: each arrives beside the target, is checked, and is renamed into place. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { GraftError } from '../../src/base/errors.ts';
import type { RunStatus } from '../../src/engine/protocol.ts';
import type { AppSession } from './session.ts';

/** What loaders take for weights when it lies in a model's folder. */
const WEIGHTS = /\.(safetensors|bin)(\.index\.json)?$/;

/**
 * Saves every file; returns warnings. Throws `StorageCorrupt` when a saved file is not the one the run reported; nothing
 * wrong is left under its name.
 */
export async function saveDirectory(session: AppSession, status: RunStatus, out: string): Promise<string[]> {
  for (const { path: file, sha256 } of status.files) {
    const target = path.join(out, file);
    await mkdir(path.dirname(target), { recursive: true });
    const arriving = `${target}.partial`;
    await session.save(status.id, file, arriving);
    if ((await sha256Of(arriving)) !== sha256) {
      await rm(arriving);
      throw new GraftError('StorageCorrupt', 'The saved file is not what the run wrote.', { where: file });
    }
    await rename(arriving, target);
  }
  const saved = new Set(status.files.map((file) => file.path));
  const strangers = (await readdir(out)).filter((name) => WEIGHTS.test(name) && !saved.has(name));
  if (strangers.length === 0) return [];
  return [
    `The folder also holds weights that are not of this merge: ${strangers.join(', ')}. Loaders may take them.`,
  ];
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
