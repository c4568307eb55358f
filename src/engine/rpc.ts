/**
 * Calls between the page and a worker: typed requests with ids, answers, cancellation and events. A handler is a plain
 * async function, so tests call it without a worker.
 */

import { type Deferred, deferred } from '../base/deferred.ts';
import { fromWire, GraftError, toWire, type WireError } from '../base/errors.ts';

/** Names of a worker's calls, each with what it takes and what it answers. */
export type Calls = Record<string, { input: unknown; output: unknown }>;

export type Handlers<C extends Calls> = {
  readonly [Name in keyof C]: (input: C[Name]['input'], signal: AbortSignal) => Promise<C[Name]['output']>;
};

type ToWorker =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly kind: 'abort'; readonly id: number };

type FromWorker =
  | { readonly kind: 'answer'; readonly id: number; readonly output: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: WireError }
  | { readonly kind: 'event'; readonly event: unknown };

/** The part of Worker, MessagePort and the worker's own scope that a connection needs. */
export interface MessageEnd {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

/**
 * Answers calls on `end` with `handlers`; returns how to send events to the other side. `moved` says which buffers of an
 * answer move to the other side instead of being copied.
 */
export function serve<C extends Calls, Event>(
  end: MessageEnd,
  handlers: Handlers<C>,
  moved: (output: unknown) => Transferable[] = () => [],
): { emit(event: Event): void } {
  const running = new Map<number, AbortController>();
  const post = (message: FromWorker, transfer: Transferable[] = []) => end.postMessage(message, transfer);
  end.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
    if (data.kind === 'abort') {
      running.get(data.id)?.abort(new GraftError('Cancelled', 'The request was withdrawn.'));
      return;
    }
    const { id, name, input } = data;
    const control = new AbortController();
    running.set(id, control);
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    const answer =
      handler === undefined
        ? Promise.reject(new GraftError('Internal', `The worker does not know the call ${name}.`))
        : handler(input, control.signal);
    answer
      .then(
        (output) => post({ kind: 'answer', id, output }, moved(output)),
        (error: unknown) => post({ kind: 'failure', id, error: toWire(error) }),
      )
      .finally(() => running.delete(id));
  });
  return { emit: (event) => post({ kind: 'event', event }) };
}

export interface Connection<C extends Calls> {
  call<Name extends keyof C & string>(
    name: Name,
    input: C[Name]['input'],
    signal?: AbortSignal,
    /** Buffers of the input that move to the other side instead of being copied. */
    transfer?: Transferable[],
  ): Promise<C[Name]['output']>;
  /** Rejects every call in flight with `reason` and every later one; the other end is gone. */
  close(reason: GraftError): void;
}

/** Calls the other side of `end`; `onEvent` gets what it emits. */
export function connect<C extends Calls, Event>(
  end: MessageEnd,
  onEvent: (event: Event) => void = () => undefined,
): Connection<C> {
  const waiting = new Map<number, Deferred<unknown>>();
  let nextId = 1;
  let closed: GraftError | null = null;
  const post = (message: ToWorker, transfer: Transferable[] = []) => end.postMessage(message, transfer);
  end.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    if (data.kind === 'event') {
      onEvent(data.event as Event);
      return;
    }
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.kind === 'answer') call?.resolve(data.output);
    else call?.reject(fromWire(data.error));
  });
  return {
    async call(name, input, signal, transfer) {
      if (closed !== null) throw closed;
      signal?.throwIfAborted();
      const id = nextId++;
      const call = deferred<unknown>();
      waiting.set(id, call);
      const onAbort = () => {
        waiting.delete(id);
        post({ kind: 'abort', id });
        call.reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        post({ kind: 'call', id, name, input }, transfer);
        return await call.promise;
      } finally {
        waiting.delete(id);
        signal?.removeEventListener('abort', onAbort);
      }
    },
    close(reason) {
      closed = reason;
      for (const call of waiting.values()) call.reject(reason);
      waiting.clear();
    },
  };
}
