/** The lock file must know every platform's optional packages: npm leaves out those it cannot reach, and then `npm ci` refuses. */

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      { readonly optionalDependencies?: Readonly<Record<string, string>>; readonly resolved?: string }
    >
  >;
}

export function checkLock(text: string): string[] {
  const { packages } = JSON.parse(text) as Lock;
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {}, resolved }]) => {
    const missing = Object.entries(optionalDependencies)
      .filter(
        ([name]) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
      )
      .map(
        ([name, version]) =>
          `package-lock.json: ${path} wants ${name} ${version}, which is not locked; add an entry with version, os, cpu and "optional": true`,
      );
    return resolved === undefined
      ? missing
      : [...missing, `package-lock.json: ${path} names the address it came from`];
  });
}
