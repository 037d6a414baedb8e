import type { Finding } from '../plan.ts';
import { type Environment, isCurrent, type ProjectVariable, type Wanted } from './environment.ts';

/** One change at Vercel: a variable to add, or an existing one to change. */
export type Task = { wanted: Wanted; add: Environment[] } | { wanted: Wanted; change: ProjectVariable };

/** What to add and change. An existing variable keeps its type and environments. */
export function compare(wanted: Wanted[], existing: ProjectVariable[], targets: Environment[], key: string) {
  const tasks: Task[] = [];
  const findings: Finding[] = [];
  for (const each of wanted) {
    const same = existing.filter((other) => other.key === each.name);
    const covered = new Set(same.flatMap(({ target }) => target));
    const add = targets.filter((target) => !covered.has(target));
    if (add.length) tasks.push({ wanted: each, add });
    for (const entry of same) {
      if (!entry.target.some((name) => targets.some((target) => target === name))) continue;
      if (isCurrent(entry, each, key)) continue;
      const others = entry.target.filter((name) => !targets.some((target) => target === name));
      if (others.length) findings.push(sharedWith(each.name, others));
      else tasks.push({ wanted: each, change: entry });
    }
  }
  return { tasks, findings };
}

/** Whether a change replaces the sealing secret without the server still accepting the present one. */
export function signsOut(task: Task, previous: string | undefined): boolean {
  if (!('change' in task) || task.wanted.name !== 'SEALING_SECRET') return false;
  const before = { ...task.wanted, value: previous ?? '' };
  return !previous || !isCurrent(task.change, before, previous);
}

function sharedWith(name: string, others: string[]): Finding {
  return {
    level: 'problem',
    message: `${name} has another value, and is one variable for these environments too: ${others.join(', ')}.`,
    fix: 'Split it in Vercel’s dashboard, or name these environments with --environments as well.',
  };
}
