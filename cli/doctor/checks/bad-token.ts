import { bearerChallenge } from '../challenge-parameters.ts';
import { type Check, noAnswer, outcome, problem } from '../check.ts';
import { describe } from '../describe.ts';
import { initializeParams, legacyCall } from '../mcp.ts';

/** Whether the server refuses an invalid token in the way that makes clients sign in again. */
export const badToken: Check = {
  id: 'bad-token',
  phase: 'Authorization',
  needs: 'sign-in',
  title: 'An invalid token is refused',
  async run(examination) {
    const call = { method: 'initialize', params: initializeParams, token: 'made-up-by-the-doctor' };
    const { answer } = await legacyCall(examination, call);
    if ('failed' in answer) return outcome('', [noAnswer(answer, 'bad-token-answer')]);
    // A 500 means that the server fails on such a token. A 503 means that something behind the server is down.
    if (answer.status === 503) return problem('server-error', describe(answer));
    if (answer.status < 300) return problem('bad-token-accepted', describe(answer));
    if (answer.status !== 401) return problem('bad-token-answer', describe(answer));
    const error = bearerChallenge(answer.headers.get('www-authenticate'))?.get('error');
    return { detail: `401, error ${error ?? 'not given'}.` };
  },
};
