/**
 * Brings the project's packages and a Chromium onto the machine when they are missing. Plain JavaScript that imports
 * nothing installed: it is what runs first after a clone. Speaks on stderr only, so that stdout stays a command's own.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findChromium } from './chromium.mjs';

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const MINIMUM_NODE = [20, 19];

/** Ends the process with words when Node is too old for the tools. */
export function ensureNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = MINIMUM_NODE;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  refuse(`Graft needs Node ${MINIMUM_NODE.join('.')} or newer; this is ${process.versions.node}.`);
}

/** Installs exactly the locked packages unless they are there already. */
export function ensureInstalled() {
  ensureNode();
  if (isInstalled()) return;
  console.error('Installing packages (once)...');
  try {
    execute('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  } catch {
    refuse('npm could not install the packages. Is the package registry reachable?');
  }
}

/** Path of a Chromium, installed first when there is none. */
export function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  for (const install of [installFromPlaywright, installFromDebian]) {
    try {
      install();
    } catch {
      // The next way may work; what is missing at the end is said below.
    }
    const path = findChromium();
    if (path) return path;
  }
  return refuse(
    'No Chromium was found and none could be installed. Install Chromium or Chrome, or set CHROMIUM to its path.',
  );
}

/**
 * Compares versions, not times: a checkout changes times without changing packages. Optional packages may be absent
 * because they are other systems' binaries.
 */
function isInstalled() {
  const marker = `${ROOT}node_modules/.package-lock.json`;
  if (!existsSync(marker)) return false;
  const wanted = readPackages(`${ROOT}package-lock.json`);
  const present = readPackages(marker);
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional || present[path]?.version === version,
  );
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, optional?: boolean }>}
 */
function readPackages(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

function installFromPlaywright() {
  console.error('Installing a Chromium (once)...');
  execute(process.execPath, [`${ROOT}node_modules/playwright-core/cli.js`, 'install', 'chromium'], 'ignore');
}

function installFromDebian() {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  console.error("Installing Debian's Chromium (once)...");
  execute('apt-get', ['update', '-qq']);
  execute('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium']);
}

/**
 * Both streams of the tool go to our stderr, or nowhere.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {'ignore' | 'inherit'} [errors]
 */
function execute(command, args, errors = 'inherit') {
  // npm is a script on Windows, which only a shell starts.
  const shell = process.platform === 'win32' && command === 'npm';
  execFileSync(command, args, {
    cwd: ROOT,
    shell,
    stdio: ['ignore', errors === 'inherit' ? 2 : 'ignore', errors],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

/**
 * @param {string} message
 * @returns {never}
 */
function refuse(message) {
  console.error(message);
  process.exit(1);
}
