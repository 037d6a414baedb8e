import { fork } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { z } from 'zod';
import type { Variables } from './environment.ts';

const projectProblem = z.object({
  /** Relative to the project's folder. */
  file: z.string().optional(),
  line: z.number().optional(),
  problem: z.string(),
  fix: z.string(),
});

/** Why a project cannot be served as its author means it, and what to do. */
export type ProjectProblem = z.output<typeof projectProblem>;

/** For loading all functions. */
const timeoutMs = 20_000;

/**
 * Loads a project's functions and its list of features in a process of its own, and finds what would fail in a
 * deployment: syntax errors, missing files and exports, code that throws while it loads, and a list that breaks the
 * rules of `lib/mcp/define/check.ts`. Types are not checked; `npm run typecheck` does that.
 *
 * @param env the environment of the process.
 */
export async function checkProject(root: string, env: Variables): Promise<ProjectProblem[]> {
  // Errors name files by their real path.
  const folder = await realpath(root);
  const child = fork(new URL('./load-project.ts', import.meta.url), [folder.replace(/\/$/, '')], {
    env,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: timeoutMs,
  });
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  const { promise, resolve } = Promise.withResolvers<unknown>();
  child.once('message', resolve);
  child.once('close', () => resolve(undefined));
  const { data } = z.array(projectProblem).safeParse(await promise);
  if (data) return data;
  return [
    {
      problem:
        `The project ends or does not load within ${timeoutMs / 1000} seconds. ${output.slice(0, 1_000)}`.trim(),
      fix: 'Look for code at the top of a file that waits or exits.',
    },
  ];
}

/** One problem as lines for the terminal. Editors and terminals open `file:line`. */
export function formatProblem({ file, line, problem, fix }: ProjectProblem): string {
  const where = file && (line === undefined ? file : `${file}:${line}`);
  return [where, `  ${problem}`, `  ${fix}`]
    .filter((text) => text?.trim())
    .map((text) => text?.replace(/[^\P{Cc}\n]/gu, ' '))
    .join('\n');
}
