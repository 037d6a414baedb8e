import type { Project } from './project.ts';
import { createRouter } from './router.ts';

/**
 * Throws if a cron of vercel.json requests something other than a function, directly or through a rewrite. Vercel runs such
 * a cron, and nobody sees its 404.
 */
export function checkCrons(project: Project): void {
  const route = createRouter(project);
  const reaches = (path: string) => route(new URL(path, 'http://localhost'), {}).target.kind;
  const lost = project.crons.find(({ path }) => reaches(path) !== 'function');
  if (lost) throw new Error(`vercel.json: The cron ${lost.path} does not reach a function.`);
}
