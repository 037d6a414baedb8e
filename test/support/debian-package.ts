import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const run = (command: string, args: string[]) =>
  spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });

const isThere = (command: string) => run('sh', ['-c', 'command -v -- "$0"', command]).status === 0;

function isDebian(): boolean {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Makes sure that `command` can be run: as root on Debian it installs `debianPackage`, anywhere else it throws one
 * line that says what to install.
 */
export function ensureCommand(command: string, debianPackage: string): void {
  if (isThere(command)) return;
  if (process.getuid?.() === 0 && isDebian()) {
    run('apt-get', ['update']);
    run('apt-get', ['install', '-y', '--no-install-recommends', debianPackage]);
    if (isThere(command)) return;
  }
  throw new Error(`These tests need ${command}: install it (Debian: apt-get install ${debianPackage})`);
}
