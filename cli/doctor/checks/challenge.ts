import { bearerChallenge } from '../challenge-parameters.ts';
import { type Check, problem } from '../check.ts';

/** Whether the 401 says where to sign in and which scopes to request (RFC 6750 section 3, RFC 9728 section 5.1). */
export const challenge: Check = {
  id: 'challenge',
  phase: 'Discovery',
  needs: 'sign-in',
  title: 'The 401 tells clients where to sign in',
  async run(examination) {
    const header = examination.contact?.headers.get('www-authenticate') ?? null;
    const parameters = bearerChallenge(header);
    if (!parameters) return problem('challenge-missing', header ?? 'No WWW-Authenticate header.');
    examination.challenge = parameters;
    const url = parameters.get('resource_metadata');
    if (!url) return problem('challenge-incomplete', header ?? '');
    return { detail: `${url}, scope “${parameters.get('scope') ?? 'not given'}”.` };
  },
};
