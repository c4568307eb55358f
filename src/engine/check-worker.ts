/** Entry of the check worker: parsing, opening models by their headers, planning. Never touches a weight. */
import type { CheckCalls, CheckEvent } from './check-calls.ts';
import { Checker } from './checker.ts';
import { type MessageEnd, serve } from './rpc.ts';

const scope = globalThis as unknown as MessageEnd;
const checker = new Checker();
const { emit } = serve<CheckCalls, CheckEvent>(scope, {
  check: async (request, signal) => (await checker.check(request, signal, parsed)).report,
  plan: (request, signal) => checker.check(request, signal, parsed),
  export: (request, signal) => checker.exportForMergekit(request, signal, parsed),
});

emit('ready');

function parsed(): void {
  emit('parsed');
}
