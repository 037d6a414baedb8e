import { type Check, noAnswer, outcome, type Problem } from '../check.ts';
import { describe } from '../describe.ts';
import type { Examination, ExaminedClient } from '../examination.ts';
import { gatekeeper } from '../gatekeeper.ts';
import { textMember } from '../member.ts';
import type { Answer, NoAnswer } from '../probe.ts';
import { tokenRequest } from '../token-request.ts';

/** How the token endpoint refuses. Clients only start a new sign-in on the errors of RFC 6749 section 5.2. */
export const tokenEndpoint: Check = {
  id: 'token-endpoint',
  phase: 'Authorization',
  needs: 'sign-in',
  title: 'The token endpoint refuses as clients expect',
  async run(examination) {
    const { server, publicClient, confidentialClient } = examination;
    if (!server?.tokenEndpoint) return { skipped: 'there is no token endpoint' };
    const problems: Problem[] = [];
    for (const client of [publicClient, confidentialClient])
      if (client) problems.push(...(await refusals(examination, client)));
    if (!publicClient && !confidentialClient) return { skipped: 'there is no client to use' };
    return outcome('An invalid code and an invalid refresh token are refused with 400.', problems);
  },
};

async function refusals(examination: Examination, client: ExaminedClient): Promise<Problem[]> {
  const grants: Record<string, string>[] = [
    {
      grant_type: 'authorization_code',
      code: 'made-up-by-the-doctor',
      redirect_uri: client.redirectUri,
      code_verifier: 'made-up-by-the-doctor-and-long-enough-for-pkce',
      resource: examination.resource,
    },
    { grant_type: 'refresh_token', refresh_token: 'made-up-by-the-doctor' },
  ];
  for (const grant of grants) {
    const found = judge(await tokenRequest(examination, client, grant), client);
    if (found) return [found];
  }
  return [];
}

function judge(answer: Answer | NoAnswer, { authMethod, secret }: ExaminedClient): Problem | undefined {
  if ('failed' in answer) return noAnswer(answer, 'token-error-wrong');
  const detail = describe(answer);
  const error = textMember(answer.json, 'error');
  // If the resource is not the server's (RFC 8707), the server does not look at the grant. That has been reported.
  if (answer.status === 400 && (error === 'invalid_grant' || error === 'invalid_target')) return undefined;
  if (error === 'invalid_client' || error === 'unauthorized_client')
    return { id: authMethod === 'none' || !secret ? 'none-refused' : 'secret-refused', detail };
  return gatekeeper(answer) ?? { id: 'token-error-wrong', detail };
}
