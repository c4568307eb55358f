/**
 * The run's counters and its rates. Rates are averages over the last ten seconds of active time, so they follow the
 * link without jumping; time left is what remains at the slower of fetching and writing.
 */

const WINDOW_MS = 10_000;

export interface MeterTotals {
  readonly fetchBytes: number;
  readonly writeBytes: number;
}

interface Sample {
  readonly atMs: number;
  readonly fetchedBytes: number;
  readonly writtenBytes: number;
}

export class Meter {
  fetchedBytes = 0;
  mergedBytes = 0;
  writtenBytes = 0;
  /** Reads that wait for the network to come back. */
  offlineReads = 0;
  readonly #totals: MeterTotals;
  readonly #now: () => number;
  #activeMs = 0;
  #activeSinceMs: number | null = null;
  #samples: Sample[] = [];

  /** @param now milliseconds of a monotonic clock. */
  constructor(totals: MeterTotals, now: () => number = () => performance.now()) {
    this.#totals = totals;
    this.#now = now;
  }

  /** Starts or stops the active clock; a pause counts neither as time nor against the rates. */
  setActive(active: boolean): void {
    const now = this.#now();
    if (active && this.#activeSinceMs === null) {
      this.#activeSinceMs = now;
      this.#samples = [];
    } else if (!active && this.#activeSinceMs !== null) {
      this.#activeMs += now - this.#activeSinceMs;
      this.#activeSinceMs = null;
    }
  }

  /** Begins the averages anew: counters that jump to what was done earlier are no rate. */
  forgetRates(): void {
    this.#samples = [];
  }

  /** Adds active time of an earlier visit. */
  addSeconds(seconds: number): void {
    this.#activeMs += seconds * 1000;
  }

  get activeSeconds(): number {
    const running = this.#activeSinceMs === null ? 0 : this.#now() - this.#activeSinceMs;
    return (this.#activeMs + running) / 1000;
  }

  /** Bytes per second of now, and the seconds left (null until both can be told). */
  rates(): { fetchBytesPerSecond: number; writeBytesPerSecond: number; secondsLeft: number | null } {
    const now: Sample = {
      atMs: this.#now(),
      fetchedBytes: this.fetchedBytes,
      writtenBytes: this.writtenBytes,
    };
    if (this.#activeSinceMs !== null) this.#samples.push(now);
    while (this.#samples.length > 2 && now.atMs - (this.#samples[1]?.atMs ?? now.atMs) > WINDOW_MS) {
      this.#samples.shift();
    }
    const first = this.#samples[0];
    const seconds = first === undefined ? 0 : (now.atMs - first.atMs) / 1000;
    if (first === undefined || seconds < 0.25) {
      return { fetchBytesPerSecond: 0, writeBytesPerSecond: 0, secondsLeft: null };
    }
    const fetchBytesPerSecond = (now.fetchedBytes - first.fetchedBytes) / seconds;
    const writeBytesPerSecond = (now.writtenBytes - first.writtenBytes) / seconds;
    const left = Math.max(
      timeFor(this.#totals.fetchBytes - this.fetchedBytes, fetchBytesPerSecond),
      timeFor(this.#totals.writeBytes - this.writtenBytes, writeBytesPerSecond),
    );
    return { fetchBytesPerSecond, writeBytesPerSecond, secondsLeft: Number.isFinite(left) ? left : null };
  }
}

function timeFor(sizeBytes: number, bytesPerSecond: number): number {
  return sizeBytes <= 0 ? 0 : sizeBytes / bytesPerSecond;
}
