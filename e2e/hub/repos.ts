/** Everything the hub serves: folders first, then virtual models. */

import { FolderModels } from './folder.ts';
import type { Repo, VirtualSpec } from './types.ts';
import { VirtualModels } from './virtual.ts';

const NAME = /^[\w-][\w.-]*\/[\w-][\w.-]*$/;

export class Repos {
  readonly #folder: FolderModels | null;
  readonly #virtual = new VirtualModels();

  constructor(folder: string | undefined, specs: readonly VirtualSpec[]) {
    this.#folder = folder === undefined ? null : new FolderModels(folder);
    for (const spec of specs) this.#virtual.add(spec);
  }

  addVirtual(spec: VirtualSpec): void {
    this.#virtual.add(spec);
  }

  async names(): Promise<readonly string[]> {
    return [...((await this.#folder?.names()) ?? []), ...this.#virtual.names()];
  }

  async find(name: string): Promise<Repo | null> {
    if (!NAME.test(name)) return null;
    return (await this.#folder?.find(name)) ?? this.#virtual.find(name);
  }
}
