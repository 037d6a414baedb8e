import { type Check, noAnswer, outcome, problem } from '../check.ts';
import { describe } from '../describe.ts';
import { keepSecret } from '../examination.ts';
import { initializeParams, legacyCall } from '../mcp.ts';
import { textMember } from '../member.ts';
import type { Answer, NoAnswer } from '../probe.ts';
import { tokenRequest } from '../token-request.ts';

/** Sends the same refresh token twice at the same time, as hosted Claude does from two addresses. */
export const refresh: Check = {
  id: 'refresh',
  phase: 'Sign-in',
  needs: 'sign-in',
  title: 'Refreshing works, even twice at once',
  async run(examination) {
    const { signedIn } = examination;
    const token = signedIn?.tokens.refresh;
    if (!signedIn || !token) return { skipped: 'there is no refresh token' };
    const grant = { grant_type: 'refresh_token', refresh_token: token, resource: examination.resource };
    const answers = await Promise.all([
      tokenRequest(examination, signedIn.client, grant),
      tokenRequest(examination, signedIn.client, grant),
    ]);
    const granted = answers.filter(isGranted);
    for (const { json } of granted)
      keepSecret(examination, textMember(json, 'access_token'), textMember(json, 'refresh_token'));
    const denied = answers.find((answer) => !isGranted(answer));
    const newest = granted.at(-1);
    if (!newest) {
      if (denied && 'failed' in denied) return outcome('', [noAnswer(denied, 'refresh-failed')]);
      return problem('refresh-failed', denied ? describe(denied) : '');
    }
    const access = textMember(newest.json, 'access_token') ?? '';
    signedIn.tokens = { access, refresh: textMember(newest.json, 'refresh_token') ?? token };
    if (denied) return problem('refresh-race', describe(denied));
    // If the server refused the first token, it refuses this one too, and that has been reported.
    if (examination.tokenAccepted) {
      const call = { method: 'initialize', params: initializeParams, token: access };
      const used = await legacyCall(examination, call);
      if (used.result === undefined)
        return problem('refresh-failed', `With the new token: ${describe(used.answer)}`);
    }
    return { detail: `Both answered in ${Math.max(...answers.map((answer) => answer.ms))} ms.` };
  },
};

function isGranted(answer: Answer | NoAnswer): answer is Answer {
  return (
    !('failed' in answer) && answer.status === 200 && textMember(answer.json, 'access_token') !== undefined
  );
}
