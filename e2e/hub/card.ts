/** What the Hub's API says of a model's card: the YAML block at the head of README.md, and the tags made from it. */

import { parse } from 'yaml';
import type { Repo } from './types.ts';

export interface CardData {
  readonly cardData: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
}

export async function readCard(repo: Repo): Promise<CardData> {
  const cardData = frontMatter(await readText(repo, 'README.md'));
  const tags = Array.isArray(cardData.tags) ? cardData.tags.map(String) : [];
  if (typeof cardData.license === 'string') tags.push(`license:${cardData.license}`);
  for (const base of [cardData.base_model].flat()) {
    if (typeof base === 'string') tags.push(`base_model:${base}`);
  }
  return { cardData, tags };
}

function frontMatter(text: string): Record<string, unknown> {
  const block = /^---\r?\n([\s\S]*?)\r?\n---/.exec(text)?.[1];
  if (block === undefined) return {};
  try {
    const data: unknown = parse(block);
    return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

async function readText(repo: Repo, path: string): Promise<string> {
  const file = repo.files.find((candidate) => candidate.path === path);
  if (file === undefined) return '';
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of file.read(0, Math.min(file.sizeBytes, 64 * 1024))) {
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}
