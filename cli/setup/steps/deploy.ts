import { stepOf } from '../plan.ts';
import { deployFromGit, isUsable, newestProduction, waitUntilReady } from '../platform/deployments.ts';
import { listVariables } from '../platform/environment.ts';
import { carryOut, type SetupStep, skipped } from '../step.ts';
import { noToken, requireProject } from './project.ts';

/** Deploys to production, unless a deployment has the variables already. */
export const deploy: SetupStep = {
  name: 'deploy',
  title: 'Production deployment',
  async run(run) {
    if (!run.vercel) return skipped(run, noToken);
    const target = await requireProject(run);
    if (!target) return skipped(run, 'The project does not exist yet.');
    const { vercel, project } = target;
    const newest = await newestProduction(vercel, project);
    const changedAtMs = Math.max(
      0,
      ...(await listVariables(vercel, project.id))
        .filter((each) => each.target.includes('production'))
        .map(({ updatedAt = 0 }) => updatedAt),
    );
    // A deployment keeps the variables that it was created with.
    const current =
      newest && isUsable(newest.state) && newest.createdAtMs >= changedAtMs ? newest : undefined;
    if (!current && project.link?.type !== 'github')
      return skipped(
        run,
        'The project has no GitHub repository. Connect one under Settings → Git and run setup again, or deploy with npx vercel deploy --prod.',
      );
    const branch = project.link?.productionBranch ?? 'main';
    const why = 'What is pushed there. Commits on this machine only are not deployed.';
    const changes = current ? [] : [{ property: 'branch', to: branch, why }];
    const result = await carryOut(run, {
      steps: [stepOf('Production deployment', current !== undefined, changes)],
      apply: async () => waitUntilReady(vercel, await deployFromGit(vercel, project)),
    });
    if (current && result.state === 'complete') await waitUntilReady(vercel, current.id);
    return result;
  },
};
