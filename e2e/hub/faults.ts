/** Which request is broken, and how: a list of specs, the first that matches is used and counted. */

import type { FaultKind, FaultSpec, OriginName } from './types.ts';

/** Before anything is answered, or while a file's bytes are being sent. A redirect uses up no body fault. */
export type FaultStage = 'answer' | 'body';

const STAGES: Readonly<Record<FaultKind, FaultStage>> = {
  status: 'answer',
  'rate-limit': 'answer',
  reset: 'answer',
  expire: 'answer',
  cut: 'body',
  stall: 'body',
  short: 'body',
  long: 'body',
  shifted: 'body',
  whole: 'body',
  gzip: 'body',
  etag: 'body',
  size: 'body',
  slow: 'body',
};

export class FaultList {
  #faults: { readonly spec: FaultSpec; readonly match: RegExp; seen: number }[] = [];

  /** Throws on an unknown kind or a bad expression: specs also come over HTTP and the command line. */
  add(spec: FaultSpec): void {
    if (!Object.hasOwn(STAGES, spec.kind)) {
      throw new Error(`Unknown fault "${spec.kind}". Known: ${Object.keys(STAGES).join(', ')}`);
    }
    this.#faults.push({ spec, match: new RegExp(spec.match), seen: 0 });
  }

  clear(): void {
    this.#faults = [];
  }

  /** The fault for this request, if any; it counts as used. */
  take(stage: FaultStage, origin: OriginName, path: string): FaultSpec | null {
    for (const fault of this.#faults) {
      const { spec, match } = fault;
      if (STAGES[spec.kind] !== stage || !match.test(path)) continue;
      if (spec.origin !== undefined && spec.origin !== origin) continue;
      if (spec.kind === 'expire' && origin !== 'cdn') continue;
      const first = spec.after ?? 0;
      const times = spec.times ?? 1;
      if (times !== 0 && fault.seen >= first + times) continue;
      fault.seen++;
      if (fault.seen <= first) continue;
      return spec;
    }
    return null;
  }

  /** Bytes by which a `size` fault makes a listed file longer; uses nothing up. */
  extraBytes(path: string): number {
    const fault = this.#faults.find(({ spec, match }) => spec.kind === 'size' && match.test(path));
    return fault === undefined ? 0 : (fault.spec.shiftBytes ?? 16);
  }
}
