/** Store services that touch nothing: what they were asked is kept for the test to read. */

import type { StoreServices } from '../context.ts';
import { type Memory, passingMemory } from '../memory.ts';
import { createGraft, type Graft } from '../store.ts';
import { FakeEngine } from './fake-engine.ts';

export interface TestGraft extends Graft {
  readonly engine: FakeEngine;
  readonly memory: Memory;
  readonly copied: string[];
  readonly downloads: string[];
}

export function testGraft(services: Partial<StoreServices> = {}, engine = new FakeEngine()): TestGraft {
  const copied: string[] = [];
  const downloads: string[] = [];
  const memory = services.memory ?? passingMemory();
  const graft = createGraft({
    engine,
    memory,
    searchModels: () => Promise.resolve([]),
    saveToFolder: () => Promise.resolve(),
    recipeLink: (text) => Promise.resolve(`https://graft.example/#recipe=${text.length}`),
    offerDownload: (_file, name) => void downloads.push(name),
    copyText: (text) => {
      copied.push(text);
      return Promise.resolve();
    },
    keepStorage: () => Promise.resolve(true),
    now: () => Date.now(),
    ...services,
  });
  return { ...graft, engine, memory, copied, downloads };
}
