/**
 * A job's small mutable state as JSON in two alternating slots: generation g is written to slot g mod 2, so that a
 * crash on the way spoils only the older slot. (There is no standard rename in the private file system, and
 * createWritable, which swaps, is missing from Safari before 26.)
 *
 * A slot is a line `graft-state 1 <generation> <CRC32C hex>`, the JSON, and spaces up to a whole number of 16 KiB:
 * an update then overwrites space the disk has already given, and a full disk can still be noted down.
 */

import { GraftError, isGraftError } from '../base/errors.ts';
import { crc32c } from './crc32c.ts';
import type { StoredState, SyncDirectory } from './types.ts';
import { flushFile, resizeFile, writeAll } from './write-all.ts';

export const STATE_SLOTS = ['state-0', 'state-1'] as const;
const PAD_BYTES = 16 * 1024;
/** A state holds a recipe (256 KB) and a log; past this something is wrong. */
const MAX_STATE_BYTES = 16 * 1024 * 1024;

interface Slot {
  readonly generation: number;
  readonly state: StoredState;
}

/** The newest readable state in a job's directory, or null. Needs no lock: a slot caught in mid-write does not count. */
export async function readState(directory: SyncDirectory): Promise<StoredState | null> {
  return (await readNewest(directory))?.state ?? null;
}

/** Writes both slots of a new job, so that later updates need no new space. */
export async function createState(directory: SyncDirectory, state: object): Promise<void> {
  await writeSlot(directory, 0, state);
  await writeSlot(directory, 1, state);
}

/** Replaces the state by itself with `patch`'s own keys; durable and atomic. Updates of one job must not overlap. */
export async function updateState(directory: SyncDirectory, patch: object): Promise<StoredState> {
  const newest = await readNewest(directory);
  if (newest === null) {
    throw new GraftError('StorageCorrupt', 'The state of this run cannot be read.', {
      fix: 'Remove this run and start it again.',
    });
  }
  const state = { ...newest.state, ...patch };
  await writeSlot(directory, newest.generation + 1, state);
  return state;
}

async function readNewest(directory: SyncDirectory): Promise<Slot | null> {
  const slots = await Promise.all(STATE_SLOTS.map((name) => readSlot(directory, name)));
  return slots.reduce((best, slot) => ((slot?.generation ?? -1) > (best?.generation ?? -1) ? slot : best));
}

async function readSlot(directory: SyncDirectory, name: string): Promise<Slot | null> {
  try {
    const file = await directory.getFile(name);
    return file.size > MAX_STATE_BYTES ? null : parseSlot(await file.text());
  } catch (error) {
    // NotReadableError: the slot was rewritten after getFile; the other one is whole then.
    const missing = isGraftError(error, 'FileMissing');
    if (missing || (error instanceof DOMException && error.name === 'NotReadableError')) return null;
    throw error;
  }
}

function parseSlot(text: string): Slot | null {
  const [line = '', json = ''] = text.split('\n', 2);
  const [, digits, check] = /^graft-state 1 (\d{1,15}) ([0-9a-f]{8})$/.exec(line) ?? [];
  if (digits === undefined || check === undefined) return null;
  if (checkOf(digits, json.trimEnd()) !== check) return null;
  return { generation: Number(digits), state: JSON.parse(json) };
}

async function writeSlot(directory: SyncDirectory, generation: number, state: object): Promise<void> {
  const name = STATE_SLOTS[generation % 2 === 0 ? 0 : 1];
  const json = JSON.stringify(state);
  const text = `graft-state 1 ${generation} ${checkOf(String(generation), json)}\n${json}`;
  const encoded = new TextEncoder().encode(text);
  const padded = new Uint8Array(Math.ceil(encoded.byteLength / PAD_BYTES) * PAD_BYTES).fill(0x20);
  padded.set(encoded);
  const file = await directory.openFile(name, { create: true });
  try {
    writeAll(file, padded, 0, name);
    resizeFile(file, padded.byteLength, name);
    flushFile(file, name);
  } finally {
    file.close();
  }
}

function checkOf(generation: string, json: string): string {
  const crc = crc32c(new TextEncoder().encode(`${generation}\n${json}`));
  return crc.toString(16).padStart(8, '0');
}
