/** Calls and events of the DevTools protocol over a browser's pipe. */

import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

type Fields = Readonly<Record<string, unknown>>;

interface PendingCall {
  readonly session: string | undefined;
  readonly resolve: (result: Fields) => void;
  readonly reject: (error: Error) => void;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Fields;
  readonly result?: Fields;
  readonly error?: { readonly message: string };
  readonly sessionId?: string;
}

const NUL = 0;

export class PipeConnection {
  readonly #input: Writable;
  readonly #calls = new Map<number, PendingCall>();
  readonly #listeners = new Map<string, ((params: Fields) => void)[]>();
  #lastId = 0;
  #ended: Error | null = null;
  /** Bytes of messages whose end has not come yet. */
  #partial: Buffer[] = [];

  /** `child` was spawned with pipes at descriptors 3 and 4. */
  constructor(child: ChildProcess) {
    this.#input = child.stdio[3] as Writable;
    const output = child.stdio[4] as Readable;
    output.on('data', (chunk: Buffer) => this.#receive(chunk));
    const end = (reason: string): void => this.#end(new Error(reason));
    child.once('exit', (code, signal) => end(`The browser ended (${signal ?? `exit status ${code}`}).`));
    child.once('error', (error) => end(`The browser could not start: ${error.message}`));
    // A browser that is going away closes its side first; the exit above says so.
    this.#input.on('error', () => undefined);
    output.on('error', () => undefined);
  }

  /** Calls a method of the browser, or of the page behind `session`. */
  send(method: string, params: Fields = {}, session?: string): Promise<Fields> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const id = ++this.#lastId;
    const message = { id, method, params, ...(session === undefined ? {} : { sessionId: session }) };
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { session, resolve, reject });
      this.#input.write(`${JSON.stringify(message)}\0`);
    });
  }

  on(method: string, listener: (params: Fields) => void, session?: string): void {
    const key = eventKey(method, session);
    this.#listeners.set(key, [...(this.#listeners.get(key) ?? []), listener]);
  }

  /** Rejects what the session still owes. */
  failSession(session: string, reason: string): void {
    for (const [id, call] of this.#calls) {
      if (call.session !== session) continue;
      this.#calls.delete(id);
      call.reject(new Error(reason));
    }
  }

  #receive(chunk: Buffer): void {
    let start = 0;
    for (let at = chunk.indexOf(NUL); at >= 0; at = chunk.indexOf(NUL, start)) {
      const text = Buffer.concat([...this.#partial, chunk.subarray(start, at)]).toString('utf8');
      this.#partial = [];
      start = at + 1;
      this.#deliver(JSON.parse(text) as Message);
    }
    if (start < chunk.length) this.#partial.push(chunk.subarray(start));
  }

  #deliver({ id, method, params = {}, result = {}, error, sessionId }: Message): void {
    if (id !== undefined) {
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      if (error === undefined) call?.resolve(result);
      else call?.reject(new Error(error.message));
    } else if (method !== undefined) {
      for (const listener of this.#listeners.get(eventKey(method, sessionId)) ?? []) listener(params);
    }
  }

  #end(reason: Error): void {
    this.#ended = reason;
    for (const call of this.#calls.values()) call.reject(reason);
    this.#calls.clear();
  }
}

function eventKey(method: string, session: string | undefined): string {
  return session === undefined ? method : `${session} ${method}`;
}
