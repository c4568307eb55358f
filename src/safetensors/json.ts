/**
 * A strict JSON reader for files from strangers (RFC 8259, and the few points where `JSON.parse` is too kind).
 *
 * `JSON.parse` keeps the last of two equal keys, turns `1.0` and `1e0` into 1, rounds integers above 2^53, accepts lone
 * surrogates and any depth. Each of these lets two readers see two different tensors in one header, so this reader
 * works on the source text: it hands out keys and numbers as they are written and the caller decides.
 */

/** What is wrong and where, for the caller to wrap into a typed error that names the file. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault';
}

export interface JsonOptions {
  /** Deepest nesting of arrays and objects; the reference reader (serde_json) stops at 128. */
  readonly maxDepth: number;
  /** Accept `NaN`, `Infinity` and `-Infinity`, which Python's json module writes into config files. */
  readonly nonFinite?: boolean;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const NON_FINITE = /NaN|-?Infinity/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: raw control characters are what JSON forbids in strings
const NEEDS_CARE = /[\\\u0000-\u001f]/;
const HEX4 = /[0-9a-fA-F]{4}/y;

const QUOTE = 0x22;
const MINUS = 0x2d;
const CAPITAL_I = 0x49;
const CAPITAL_N = 0x4e;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** UTF-8 bytes as text; a byte order mark stays (and then is no JSON), bad or overlong sequences throw `JsonFault`. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new JsonFault('not valid UTF-8');
  }
}

/** Pull reader over one JSON text. Every method throws `JsonFault` where the text is not what it asks for. */
export class JsonReader {
  private at = 0;
  private depth = 0;
  private readonly text: string;
  private readonly options: JsonOptions;

  constructor(text: string, options: JsonOptions) {
    this.text = text;
    this.options = options;
  }

  fail(reason: string): never {
    throw new JsonFault(`${reason} (at character ${this.at})`);
  }

  /** The kind of the next value, without reading it. */
  peek(): 'object' | 'array' | 'string' | 'number' | 'word' | 'end' {
    this.skipSpace();
    if (this.at >= this.text.length) return 'end';
    const code = this.text.charCodeAt(this.at);
    if (code === OPEN_OBJECT) return 'object';
    if (code === OPEN_ARRAY) return 'array';
    if (code === QUOTE) return 'string';
    if (code === MINUS || isDigit(code)) return 'number';
    return this.options.nonFinite && (code === CAPITAL_I || code === CAPITAL_N) ? 'number' : 'word';
  }

  /** Reads an object; `member` gets each key, unescaped, and must read the value. Equal keys are not detected here. */
  object(member: (key: string) => void): void {
    this.open(OPEN_OBJECT, 'an object');
    if (!this.take(CLOSE_OBJECT)) {
      do {
        const key = this.string();
        if (!this.take(COLON)) this.fail('expected a colon after the key');
        member(key);
      } while (this.take(COMMA));
      if (!this.take(CLOSE_OBJECT)) this.fail('expected a comma or the end of the object');
    }
    this.depth--;
  }

  /** Reads an array; `item` is called before each item and must read it. */
  array(item: () => void): void {
    this.open(OPEN_ARRAY, 'an array');
    if (!this.take(CLOSE_ARRAY)) {
      do item();
      while (this.take(COMMA));
      if (!this.take(CLOSE_ARRAY)) this.fail('expected a comma or the end of the array');
    }
    this.depth--;
  }

  string(): string {
    if (!this.take(QUOTE)) this.fail('expected a string');
    const quote = this.text.indexOf('"', this.at);
    const whole = this.text.slice(this.at, quote === -1 ? this.at : quote);
    if (quote !== -1 && !NEEDS_CARE.test(whole)) {
      this.at = quote + 1;
      return whole;
    }
    return this.carefulString();
  }

  /** The rest of a string that has escapes or faults; apart from `string` because nearly none has. */
  private carefulString(): string {
    let value = '';
    let runStart = this.at;
    for (;;) {
      if (this.at >= this.text.length) this.fail('the text ends inside a string');
      const code = this.text.charCodeAt(this.at);
      if (code === QUOTE) {
        value += this.text.slice(runStart, this.at++);
        return value;
      }
      if (code < 0x20) this.fail('a control character inside a string');
      if (code === BACKSLASH) {
        value += this.text.slice(runStart, this.at) + this.escape();
        runStart = this.at;
      } else {
        this.at++;
      }
    }
  }

  /** A count: digits only (no sign, fraction, exponent or leading zero), at most 2^53 - 1 so that it is exact. */
  count(): number {
    this.skipSpace();
    const start = this.at;
    let value = 0;
    while (this.at < this.text.length) {
      const digit = this.text.charCodeAt(this.at) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      this.at++;
    }
    const length = this.at - start;
    if (length === 0) this.fail('expected a whole number of 0 or more');
    if (length > 1 && this.text.charCodeAt(start) === 0x30) this.fail('a number starts with a needless 0');
    const next = this.text[this.at];
    if (next === '.' || next === 'e' || next === 'E')
      this.fail('expected a whole number without point or exponent');
    if (length > 16 || value > Number.MAX_SAFE_INTEGER) this.fail('a number above 2^53 - 1');
    return value;
  }

  /** The source text of a number. */
  number(): string {
    this.skipSpace();
    const source = this.match(NUMBER) ?? (this.options.nonFinite ? this.match(NON_FINITE) : null);
    return source ?? this.fail('expected a value');
  }

  /** `true`, `false` or `null`. */
  word(): boolean | null {
    this.skipSpace();
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.fail('expected a value');
  }

  /** Reads past any one value, checking its syntax and depth, without building it. */
  skip(): void {
    switch (this.peek()) {
      case 'object':
        this.object(() => this.skip());
        break;
      case 'array':
        this.array(() => this.skip());
        break;
      case 'string':
        this.string();
        break;
      case 'number':
        this.number();
        break;
      default:
        this.word();
    }
  }

  /** Builds any one value as `JSON.parse` would: the last of equal keys wins, `__proto__` is an ordinary own property. */
  value(): unknown {
    switch (this.peek()) {
      case 'object': {
        const members = new Map<string, unknown>();
        this.object((key) => members.set(key, this.value()));
        return Object.fromEntries(members);
      }
      case 'array': {
        const items: unknown[] = [];
        this.array(() => items.push(this.value()));
        return items;
      }
      case 'string':
        return this.string();
      case 'number':
        return Number(this.number());
      default:
        return this.word();
    }
  }

  /** Nothing but whitespace may follow. */
  end(): void {
    this.skipSpace();
    if (this.at < this.text.length) this.fail('unexpected text after the end');
  }

  private open(bracket: number, what: string): void {
    if (!this.take(bracket)) this.fail(`expected ${what}`);
    if (++this.depth > this.options.maxDepth) this.fail(`nested deeper than ${this.options.maxDepth} levels`);
  }

  private take(code: number): boolean {
    this.skipSpace();
    if (this.text.charCodeAt(this.at) !== code) return false;
    this.at++;
    return true;
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const source = pattern.exec(this.text)?.[0];
    if (source === undefined) return null;
    this.at += source.length;
    return source;
  }

  private escape(): string {
    const letter = this.text[this.at + 1] ?? '';
    const plain = ESCAPES.get(letter);
    if (plain !== undefined) {
      this.at += 2;
      return plain;
    }
    const unit = this.escapedUnit();
    if (unit === null) return this.fail('an unknown escape in a string');
    if (unit >= 0xdc00 && unit <= 0xdfff) this.fail('half of a surrogate pair');
    if (unit < 0xd800 || unit > 0xdbff) return String.fromCharCode(unit);
    const low = this.escapedUnit();
    if (low === null || low < 0xdc00 || low > 0xdfff) return this.fail('half of a surrogate pair');
    return String.fromCharCode(unit, low);
  }

  private escapedUnit(): number | null {
    if (!this.text.startsWith('\\u', this.at)) return null;
    HEX4.lastIndex = this.at + 2;
    const digits = HEX4.exec(this.text)?.[0];
    if (digits === undefined) return null;
    this.at += 6;
    return Number.parseInt(digits, 16);
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
