/** Sizes, counts and times as people read them. Decimal units, as the Hub and disks use. */

/** `14_483_464_192` -> `14.5 GB`. Three significant figures, one space, decimal prefixes. */
export function formatBytes(sizeBytes: number): string {
  return `${scaled(sizeBytes, ['B', 'kB', 'MB', 'GB', 'TB'])}`;
}

/** `7_241_732_096` -> `7.24 B` parameters. */
export function formatCount(count: number): string {
  return scaled(count, ['', 'K', 'M', 'B', 'T']).trim();
}

/** `422` -> `7 min 02 s`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown';
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

function scaled(value: number, units: readonly string[]): string {
  let step = 0;
  let rest = value;
  while (rest >= 999.5 && step < units.length - 1) {
    rest /= 1000;
    step++;
  }
  const digits = step === 0 || rest >= 99.95 ? 0 : rest >= 9.995 ? 1 : 2;
  return `${rest.toFixed(digits)} ${units[step] ?? ''}`;
}
