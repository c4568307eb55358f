import { expect, test, vi } from 'vitest';
import { GraftError, isGraftError } from '../base/errors.ts';
import { type Connection, connect, type Handlers, serve } from './rpc.ts';

type Echo = {
  double: { input: number; output: number };
  fail: { input: string; output: never };
  hang: { input: null; output: string };
};

function pair(handlers: Handlers<Echo>, onEvent?: (event: string) => void) {
  const { port1, port2 } = new MessageChannel();
  const server = serve<Echo, string>(port1, handlers);
  const client: Connection<Echo> = connect<Echo, string>(port2, onEvent);
  port1.start();
  port2.start();
  return { client, server, end: () => port1.close() };
}

const HANDLERS: Handlers<Echo> = {
  double: async (value) => value * 2,
  fail: async (where) => {
    throw new GraftError('FileMissing', 'gone', { where, fix: 'look elsewhere' });
  },
  hang: (_input, signal) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve('aborted'))),
};

test('answers find their own call', async () => {
  const { client, end } = pair(HANDLERS);
  expect(await Promise.all([1, 2, 3].map((value) => client.call('double', value)))).toEqual([2, 4, 6]);
  end();
});

test('an error crosses with its tag, place and advice', async () => {
  const { client, end } = pair(HANDLERS);
  const error = await client.call('fail', 'config.json').catch((reason: unknown) => reason);
  expect(isGraftError(error, 'FileMissing')).toBe(true);
  expect(error).toMatchObject({ where: 'config.json', fix: 'look elsewhere' });
  end();
});

test('aborting rejects at once and tells the other side', async () => {
  const aborted = vi.fn();
  const { client, end } = pair({
    ...HANDLERS,
    hang: (_input, signal) => new Promise(() => signal.addEventListener('abort', aborted)),
  });
  const control = new AbortController();
  const call = client.call('hang', null, control.signal);
  control.abort(new Error('changed my mind'));
  await expect(call).rejects.toThrow('changed my mind');
  await vi.waitFor(() => expect(aborted).toHaveBeenCalledOnce());
  end();
});

test('closing rejects what is in flight and what comes later', async () => {
  const { client, end } = pair(HANDLERS);
  const call = client.call('hang', null);
  client.close(new GraftError('Internal', 'worker gone'));
  await expect(call).rejects.toThrow('worker gone');
  await expect(client.call('double', 1)).rejects.toThrow('worker gone');
  end();
});

test('events reach the listener', async () => {
  const heard: string[] = [];
  const { server, end } = pair(HANDLERS, (event) => heard.push(event));
  server.emit('one');
  server.emit('two');
  await vi.waitFor(() => expect(heard).toEqual(['one', 'two']));
  end();
});
