/** A browser download of a file on disk: streams, so its size does not matter to memory, but makes a second copy. */

/** Browsers read the URL when the download starts; some ask the person for a place first. */
const REVOKE_AFTER_MS = 60_000;

/** Starts the download under `name`. Page only; there is no telling when it ends or whether it was kept. */
export function downloadFile(file: File, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER_MS);
}
