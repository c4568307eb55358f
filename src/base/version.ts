/** Graft's own version, from package.json. */
import { version } from '../../package.json';

export const GRAFT_VERSION: string = version;
