/**
 * What a YAML scalar means. mergekit reads recipes with PyYAML (YAML 1.1) and then lets pydantic cast what it got;
 * the rules here are PyYAML's resolver and pydantic's casts, so that a recipe means the same in both programs.
 */

export type PlainValue = null | boolean | number | string;

const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const NULL = /^(?:~|null|Null|NULL|)$/;
const INTEGER =
  /^([-+]?)(?:0b([01_]+)|0([0-7_]+)|0x([0-9a-fA-F_]+)|(0|[1-9][0-9_]*)|([1-9][0-9_]*(?::[0-5]?[0-9])+))$/;
const FLOAT = /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?$/;
const BASE_60 = /^([-+]?)([0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)$/;
const INFINITE = /^([-+]?)\.(?:inf|Inf|INF)$/;
const NOT_A_NUMBER = /^\.(?:nan|NaN|NAN)$/;
/** No number of a recipe is longer; past it the patterns would only cost time. */
const LONGEST_NUMBER = 100;
/** What Python's `float()` takes from a string, without the names of infinity and NaN. */
const PYTHON_FLOAT = /^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][-+]?\d+(?:_\d+)*)?$/;

/** The value of an unquoted scalar by YAML 1.1 as PyYAML resolves it; `1e-3` stays a string. */
export function resolvePlainScalar(text: string): PlainValue {
  if (text.length > LONGEST_NUMBER) return text;
  if (NULL.test(text)) return null;
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  const integer = INTEGER.exec(text);
  if (integer) return readInteger(integer);
  if (FLOAT.test(text)) return Number(text.replaceAll('_', ''));
  const sexagesimal = BASE_60.exec(text);
  if (sexagesimal) return sign(sexagesimal[1]) * fromBase60(sexagesimal[2] ?? '');
  const infinite = INFINITE.exec(text);
  if (infinite) return sign(infinite[1]) * Number.POSITIVE_INFINITY;
  return NOT_A_NUMBER.test(text) ? Number.NaN : text;
}

/** A finite number from what pydantic would cast to one: numbers, booleans, numeric strings. Null for the rest. */
export function toFiniteNumber(value: PlainValue): number | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  const number = typeof value === 'string' ? fromPythonFloat(value) : value;
  return number !== null && Number.isFinite(number) ? number : null;
}

/** An exact integer from an integer, a float without a fraction or such a string. Null for the rest. */
export function toInteger(value: PlainValue): number | null {
  if (typeof value === 'boolean') return null;
  const number = toFiniteNumber(value);
  return number !== null && Number.isSafeInteger(number) ? number : null;
}

function fromPythonFloat(text: string): number | null {
  if (text.length > LONGEST_NUMBER) return null;
  const trimmed = text.trim();
  return PYTHON_FLOAT.test(trimmed) ? Number(trimmed.replaceAll('_', '')) : null;
}

function readInteger(match: RegExpExecArray): number {
  const [, signText, binary, octal, hexadecimal, decimal, base60] = match;
  if (binary !== undefined) return sign(signText) * fromDigits(binary, 2);
  if (octal !== undefined) return sign(signText) * fromDigits(octal, 8);
  if (hexadecimal !== undefined) return sign(signText) * fromDigits(hexadecimal, 16);
  if (decimal !== undefined) return sign(signText) * fromDigits(decimal, 10);
  return sign(signText) * fromBase60(base60 ?? '');
}

function fromDigits(digits: string, base: number): number {
  const clean = digits.replaceAll('_', '');
  return clean === '' ? 0 : base === 10 ? Number(clean) : Number.parseInt(clean, base);
}

/** `12:30:45` -> 45045. */
function fromBase60(text: string): number {
  return text
    .replaceAll('_', '')
    .split(':')
    .reduce((total, part) => total * 60 + Number(part), 0);
}

function sign(text: string | undefined): 1 | -1 {
  return text === '-' ? -1 : 1;
}
