/** Whether a recipe speaks of its models' modules as they are: names, slices, and what is left out. */

import { findModule, type ModelModule, modulesOf } from '../model/modules.ts';
import type { Checkpoint } from '../model/types.ts';
import { textScalar } from '../recipe/fixes.ts';
import { nearestName } from '../recipe/nearest-name.ts';
import type { QuickFix, Recipe, RecipeModule } from '../recipe/types.ts';
import { type Findings, listed } from './findings.ts';
import { addUnder, renameKeyAt, slicesToModules } from './fixes.ts';

/** False, with problems, when the recipe and the modules of the model that gives the config do not go together. */
export function checkModules(recipe: Recipe, donor: Checkpoint, findings: Findings): boolean {
  const modules = modulesOf(donor);
  if (recipe.form === 'models') return true;
  if (recipe.form === 'slices') return modules.length === 1 || refuseSlices(modules, donor, findings);
  const written = [...new Set(recipe.slices.flatMap(({ module }) => module ?? []))];
  const meant = written.map((module) => resolveName(module, modules, donor, findings));
  if (meant.includes(null)) return false;
  const repeated = meant.findIndex((module, index) => meant.indexOf(module) !== index);
  if (repeated >= 0) {
    const { name, path } = written[repeated] ?? { name: '', path: [] };
    const first = written[meant.indexOf(meant[repeated] ?? null)]?.name;
    const message = `\`${name}\` and \`${first}\` are the same module of ${donor.ref}. Keep one.`;
    findings.add('repeated-module', path, message, { of: 'key' });
    return false;
  }
  const left = modules.filter((module) => !meant.includes(module));
  for (const module of left) warnLeftOut(module, recipe, donor, findings);
  return true;
}

function resolveName(
  { name, path }: RecipeModule,
  modules: readonly ModelModule[],
  donor: Checkpoint,
  findings: Findings,
): ModelModule | null {
  const module = findModule(modules, name);
  if (module !== null) return module;
  const names = modules.map((each) => each.name);
  const nearest =
    nearestName(name, names) ??
    findModule(
      modules,
      nearestName(
        name,
        modules.flatMap(({ aliases }) => aliases),
      ) ?? '',
    )?.name ??
    (names.length === 1 ? (names[0] ?? null) : null);
  const hint = nearest === null ? '' : ` Did you mean \`${nearest}\`?`;
  const message = `${donor.ref} has no module \`${name}\`. It is made of ${partsIn(modules)}.${hint}`;
  findings.add('unknown-module', path, message, {
    of: 'key',
    fixes: nearest === null ? [] : [renameKeyAt(findings, path, nearest)],
  });
  return null;
}

/** mergekit 0.1.4: "Model has multiple modules, must use modules: config syntax to work with slices". */
function refuseSlices(modules: readonly ModelModule[], donor: Checkpoint, findings: Findings): false {
  const message = `${donor.ref} is made of ${partsIn(modules)}, and slices are layers of one of them. Write \`modules\`, with \`slices\` or \`models\` below each name.`;
  const main = modules.find(({ isMain }) => isMain)?.name ?? '';
  const others = modules.filter(({ isMain }) => !isMain).map(({ name }) => name);
  findings.add('slices-of-modules', ['slices'], message, {
    of: 'key',
    fixes: [slicesToModules(findings, main, others, donor.ref)],
  });
  return false;
}

/** mergekit leaves modules that are not listed out of the output, silently. */
function warnLeftOut(module: ModelModule, recipe: Recipe, donor: Checkpoint, findings: Findings): void {
  const { name, places } = module;
  const count = places.size === 1 ? 'its one tensor' : `its ${places.size} tensors`;
  const message = `\`${name}\` of ${donor.ref} is not listed, so the output is written without ${count}, and does not load as the same kind of model. List it to keep it.`;
  findings.add('module-left-out', ['modules'], message, {
    of: 'key',
    fixes: [addModule(name, recipe, findings)],
  });
}

/** The models of the first module once more, whole, for the module that is not listed. */
function addModule(name: string, { slices }: Recipe, findings: Findings): QuickFix | null {
  const [first] = slices;
  const refs = slices
    .filter(({ module }) => module === first?.module)
    .flatMap(({ sources }) => sources.map(({ model }) => model.text));
  const lines = [...new Set(refs)].map((ref) => `    - model: ${textScalar(ref)}`);
  return addUnder(findings, ['modules'], first?.module?.path ?? [], `List \`${name}\``, [
    `${textScalar(name)}:`,
    '  models:',
    ...lines,
  ]);
}

function partsIn(modules: readonly ModelModule[]): string {
  return modules.length === 1
    ? `one module, ${listed(modules.map(({ name }) => name))}`
    : listed(
        modules.map(({ name }) => name),
        6,
      );
}
