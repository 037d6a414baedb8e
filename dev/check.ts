/** `npm run check`: exits with 1 if a function does not load or the list of features is invalid. A deployment runs it. */
import { fileURLToPath } from 'node:url';
import { checkProject, formatProblem } from './check-project.ts';

const problems = await checkProject(fileURLToPath(new URL('..', import.meta.url)), process.env);
if (problems.length) {
  process.stderr.write(`${problems.map(formatProblem).join('\n\n')}\n`);
  process.exit(1);
}
