import { parseEnvText, readEnvText } from '../../env-file.ts';
import { setUp } from '../run.ts';
import type { SetupStep } from '../step.ts';

/** Prepares the tenant, and writes the server's variables and new secrets to the file. */
export const setUpAuth0: SetupStep = {
  name: 'auth0',
  title: 'Auth0 tenant',
  async run(run) {
    const { flags, env, prompt, progress, projectUrl } = run;
    const known = flags.url || env.SERVER_URL || parseEnvText(await readEnvText(flags.file)).SERVER_URL;
    const url = known ?? projectUrl;
    const outcome = await setUp({ ...flags, ...(url ? { url } : {}) }, env, prompt, progress);
    run.auth0 = outcome;
    return outcome;
  },
};
