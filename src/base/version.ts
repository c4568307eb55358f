/** Graft's own version, as written into lock files and model cards; the same as package.json's. */
export const GRAFT_VERSION = '0.1.0';
