/** Memory of a browser's processes, from the system: everything a page holds, not only what its heap counts. */

import { readdir, readFile } from 'node:fs/promises';

/** Peak resident bytes of the largest renderer below the process `pid`; 0 where /proc is missing. */
export async function peakRendererBytes(pid: number): Promise<number> {
  let largest = 0;
  for (const child of await descendants(pid)) {
    const command = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes('--type=renderer')) continue;
    const status = await readFile(`/proc/${child}/status`, 'utf8').catch(() => '');
    const kibibytes = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    largest = Math.max(largest, kibibytes * 1024);
  }
  return largest;
}

async function descendants(root: number): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const parents = new Map<number, number>();
  for (const pid of names.map(Number).filter(Number.isInteger)) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // The command's name is in parentheses and may hold spaces; the parent is the second field after it.
    parents.set(pid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const isBelow = (pid: number): boolean => {
    for (let at = parents.get(pid); at !== undefined && at > 1; at = parents.get(at))
      if (at === root) return true;
    return false;
  };
  return [...parents.keys()].filter(isBelow);
}
