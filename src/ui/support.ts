/** What this browser lacks to merge, in words; empty when it has everything. No WebGPU is fine: the CPU engine is there. */

export function missingAbilities(scope: typeof globalThis = globalThis): string[] {
  const missing: string[] = [];
  if (!scope.isSecureContext) missing.push('the page was not loaded over https');
  if (typeof scope.navigator.storage?.getDirectory !== 'function')
    missing.push('it has no private file system');
  if (typeof scope.Worker !== 'function') missing.push('it has no workers');
  if (typeof scope.navigator.locks?.request !== 'function') missing.push('it has no locks between tabs');
  return missing;
}
