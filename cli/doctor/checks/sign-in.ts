import { authorizationError } from '../authorization-error.ts';
import { type AuthorizationRequest, authorizationRequest } from '../authorization-request.ts';
import { type Check, type Outcome, outcome, problem } from '../check.ts';
import { claude } from '../clients.ts';
import { describe } from '../describe.ts';
import { type Examination, type ExaminedClient, keepSecret } from '../examination.ts';
import { recogniseCause } from '../known-causes.ts';
import { textMember } from '../member.ts';
import { tokenRequest } from '../token-request.ts';
import { judgeIssuer } from './iss.ts';

/** The whole sign-in, by a person in their own browser, up to the tokens. */
export const signIn: Check = {
  id: 'sign-in',
  phase: 'Sign-in',
  needs: 'sign-in',
  title: 'Signing in brings tokens',
  async run(examination) {
    const { options, loopback, server } = examination;
    if (!options.signIn) return { skipped: 'use --sign-in' };
    const client = loopback && nativeClient(examination, loopback.redirectUri);
    const request = client && authorizationRequest(examination, client);
    if (!request || !server) return { skipped: 'there is no client, or nowhere to sign in' };

    options.presentSignIn(request.url);
    const response = await loopback.response(options.signInTimeout);
    if (!response)
      return problem('sign-in-timeout', `Nothing came back within ${options.signInTimeout / 1000} s.`);
    keepSecret(examination, response.get('code') ?? undefined);
    const problems = judgeIssuer(server, response);
    if (response.get('state') !== request.state)
      problems.push({
        id: 'state-lost',
        detail: response.has('state') ? 'Another one came back.' : 'None came back.',
      });
    const error = authorizationError(response);
    if (error) problems.push({ id: recogniseCause(error) ?? 'sign-in-refused', detail: error });
    // Like any client, the doctor does not redeem the code of a response that it must refuse.
    if (problems.length) return outcome('', problems);
    return redeem(examination, request, response.get('code') ?? '');
  },
};

/** The registered client at its loopback URI; else as Claude Code, by its document. */
function nativeClient(
  { publicClient, server }: Examination,
  redirectUri: string,
): ExaminedClient | undefined {
  if (publicClient) return { ...publicClient, redirectUri };
  if (!server?.acceptsClientDocuments) return undefined;
  return {
    id: claude.codeDocument,
    secret: undefined,
    authMethod: 'none',
    redirectUri,
    management: undefined,
  };
}

async function redeem(
  examination: Examination,
  { client, verifier, redirectUri }: AuthorizationRequest,
  code: string,
): Promise<Outcome> {
  const answer = await tokenRequest(examination, client, {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: redirectUri,
    resource: examination.resource,
  });
  if ('failed' in answer)
    return problem(answer.failed === 'timeout' ? 'timeout' : 'token-refused', describe(answer));
  const access = answer.status === 200 ? textMember(answer.json, 'access_token') : undefined;
  if (access === undefined) return problem('token-refused', describe(answer));
  const refresh = textMember(answer.json, 'refresh_token');
  keepSecret(examination, access, refresh, textMember(answer.json, 'id_token'));
  examination.signedIn = { client, tokens: { access, refresh } };
  if (!refresh) return problem('refresh-token-missing', 'The token response has none.');
  return { detail: `Access token and refresh token in ${answer.ms} ms.` };
}
