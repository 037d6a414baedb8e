import { bearerChallenge } from '../challenge-parameters.ts';
import { type Check, problem } from '../check.ts';
import { describe } from '../describe.ts';
import { initializeParams, legacyCall } from '../mcp.ts';

/** Whether a made-up token is refused in the way that makes clients sign in again. */
export const badToken: Check = {
  id: 'bad-token',
  phase: 'Authorization',
  needs: 'sign-in',
  title: 'A made-up token is refused',
  async run(examination) {
    const call = { method: 'initialize', params: initializeParams, token: 'made-up-by-the-doctor' };
    const { answer } = await legacyCall(examination, call);
    if ('failed' in answer)
      return problem(answer.failed === 'timeout' ? 'timeout' : 'bad-token-answer', describe(answer));
    // A 500 is how a server fails over such a token; a 503 says that something behind it is down.
    if (answer.status === 503) return problem('server-error', describe(answer));
    if (answer.status < 300) return problem('bad-token-accepted', describe(answer));
    if (answer.status !== 401) return problem('bad-token-answer', describe(answer));
    const error = bearerChallenge(answer.headers.get('www-authenticate'))?.get('error');
    return { detail: `401, error ${error ?? 'not named'}.` };
  },
};
