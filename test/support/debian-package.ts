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
 * Several workers may find the same command missing at once: one installs it, the others wait and find it there.
 * apt-get itself would fail instead of waiting.
 */
function install(command: string, packages: string[]): void {
  run('flock', [
    '/tmp/ensure-command.lock',
    'sh',
    '-c',
    'command -v -- "$0" || { apt-get update; apt-get install -y --no-install-recommends "$@"; }',
    command,
    ...packages,
  ]);
}

/**
 * Makes sure that `command` can be run: as root on Debian it installs the packages, anywhere else it throws one
 * line that says what to install.
 */
export function ensureCommand(command: string, ...debianPackages: string[]): void {
  if (isThere(command)) return;
  if (process.getuid?.() === 0 && isDebian()) install(command, debianPackages);
  if (!isThere(command))
    throw new Error(
      `These tests need ${command}: install it (Debian: apt-get install ${debianPackages.join(' ')})`,
    );
}
