/**
 * Writes a config as text. Numbers that the donor's file also has, at the same place and of the same value, keep their
 * spelling: `30.0` stays a float, which strict loaders ask for, and Python's `Infinity` stays readable to it.
 */

import { configReader } from '../../model/config-file.ts';
import type { JsonReader } from '../../safetensors/json.ts';

type Path = readonly (string | number)[];

/**
 * `config` as JSON with an indent of 2 and a newline at the end.
 * @param donorText the config.json that `config` was made from; undefined when there is none
 */
export function configText(config: Readonly<Record<string, unknown>>, donorText: string | undefined): string {
  const spellings = new Map<string, string>();
  if (donorText !== undefined) collectNumbers(configReader(donorText), [], spellings);
  return `${write(config, [], spellings)}\n`;
}

function collectNumbers(reader: JsonReader, path: Path, spellings: Map<string, string>): void {
  switch (reader.peek()) {
    case 'object':
      reader.object((key) => collectNumbers(reader, [...path, key], spellings));
      break;
    case 'array': {
      let index = 0;
      reader.array(() => collectNumbers(reader, [...path, index++], spellings));
      break;
    }
    case 'number':
      spellings.set(JSON.stringify(path), reader.number());
      break;
    default:
      reader.skip();
  }
}

function write(value: unknown, path: Path, spellings: ReadonlyMap<string, string>): string {
  const indent = '  '.repeat(path.length);
  if (Array.isArray(value)) {
    const items = value.map((item, i) => `${indent}  ${write(item, [...path, i], spellings)}`);
    return items.length === 0 ? '[]' : `[\n${items.join(',\n')}\n${indent}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([key, member]) => `${indent}  ${JSON.stringify(key)}: ${write(member, [...path, key], spellings)}`,
    );
    return members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n${indent}}`;
  }
  if (typeof value !== 'number') return JSON.stringify(value) ?? 'null';
  const spelling = spellings.get(JSON.stringify(path));
  if (spelling !== undefined && Object.is(Number(spelling), value)) return spelling;
  return Number.isFinite(value) ? JSON.stringify(value) : String(value);
}
