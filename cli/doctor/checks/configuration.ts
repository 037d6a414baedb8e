import { z } from 'zod';
import { type Check, problem } from '../check.ts';
import { send } from '../send.ts';

const health = z.object({
  configuration: z.string(),
  warnings: z.array(z.object({ variable: z.string(), fix: z.string() })),
});

/** What a server of this project says at `/health` about its own configuration. Other servers have no such page. */
export const configuration: Check = {
  id: 'configuration',
  phase: 'Reach',
  needs: 'server',
  title: 'The deployment finds nothing to improve in its configuration',
  async run(examination) {
    const answer = await send(examination, `${examination.url.origin}/health`);
    const parsed = 'failed' in answer ? undefined : health.safeParse(answer.json).data;
    if (!parsed) return { skipped: 'the server has no /health page of this project' };
    const [first, ...others] = parsed.warnings;
    if (!first) return { detail: 'Complete.' };
    const more = others.length ? ` Also: ${others.map(({ variable }) => variable).join(', ')}.` : '';
    return problem('configuration-warning', `${first.variable}: ${first.fix}${more}`);
  },
};
