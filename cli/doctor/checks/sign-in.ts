import { authorizationError } from '../authorization-error.ts';
import { type AuthorizationRequest, authorizationRequest } from '../authorization-request.ts';
import { type Check, noAnswer, type Outcome, outcome, type Problem, problem } from '../check.ts';
import { claude } from '../clients.ts';
import { describe } from '../describe.ts';
import { type Examination, type ExaminedClient, keepSecret } from '../examination.ts';
import { gatekeeper } from '../gatekeeper.ts';
import { recognizeCause } from '../known-causes.ts';
import { textMember } from '../member.ts';
import { tokenRequest } from '../token-request.ts';
import { visit } from '../visit.ts';
import { clientsToTry } from './authorize.ts';
import { judgeIssuer } from './iss.ts';

/** The whole sign-in up to the tokens, by a person in a browser or by the test user. */
export const signIn: Check = {
  id: 'sign-in',
  phase: 'Sign-in',
  needs: 'sign-in',
  title: 'Signing in returns tokens',
  async run(examination) {
    const { options, server } = examination;
    if (!options.signIn) return { skipped: 'use --sign-in' };
    const client = options.testUser ? clientsToTry(examination).at(-1) : nativeClient(examination);
    const request = client && authorizationRequest(examination, client);
    if (!request || !server) return { skipped: 'there is no client or no authorization endpoint' };

    const response = await (options.testUser ? byTestUser : byPerson)(examination, request);
    if (!(response instanceof URLSearchParams)) return outcome('', [response]);
    keepSecret(examination, response.get('code') ?? undefined);
    const problems = judgeIssuer(server, response);
    if (response.get('state') !== request.state)
      problems.push({
        id: 'state-lost',
        detail: response.has('state') ? 'The response has another state.' : 'The response has no state.',
      });
    const error = authorizationError(response);
    if (error) problems.push({ id: recognizeCause(error) ?? 'sign-in-refused', detail: error });
    // Like any client, the doctor does not redeem the code of a response that it must refuse.
    if (problems.length) return outcome('', problems);
    return redeem(examination, request, response.get('code') ?? '');
  },
};

/** The registered client at its loopback URI, or Claude Code's client document. */
function nativeClient({ publicClient, server, loopback }: Examination): ExaminedClient | undefined {
  if (!loopback) return undefined;
  const { redirectUri } = loopback;
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

/** The authorization response after a person signed in. */
async function byPerson(
  { options, loopback }: Examination,
  { url }: AuthorizationRequest,
): Promise<URLSearchParams | Problem> {
  const { signInTimeoutMs } = options;
  options.presentSignIn(url);
  const response = await loopback?.response(signInTimeoutMs);
  const detail = `No response within ${signInTimeoutMs / 1000} s.`;
  return response ?? { id: 'sign-in-timeout', detail };
}

/** The authorization response after the test user signed in and approved. */
async function byTestUser(
  examination: Examination,
  request: AuthorizationRequest,
): Promise<URLSearchParams | Problem> {
  const { testUser } = examination.options;
  const ended = await visit(examination, request, { decision: 'approve', testUser });
  if (ended.end === 'callback') return ended.parameters;
  if (ended.end === 'page') {
    const words = [ended.answer.text, ...ended.overheard].join('\n');
    const id = recognizeCause(words) ?? 'test-user-stuck';
    return gatekeeper(ended.answer) ?? { id, detail: describe(ended.answer) };
  }
  return ended.answer
    ? noAnswer(ended.answer, 'test-user-stuck')
    : { id: 'test-user-stuck', detail: `${ended.reason}.` };
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
  if ('failed' in answer) return outcome('', [noAnswer(answer, 'token-refused')]);
  const access = answer.status === 200 ? textMember(answer.json, 'access_token') : undefined;
  if (access === undefined) return problem('token-refused', describe(answer));
  const refresh = textMember(answer.json, 'refresh_token');
  keepSecret(examination, access, refresh, textMember(answer.json, 'id_token'));
  examination.signedIn = { client, tokens: { access, refresh } };
  if (!refresh) return problem('refresh-token-missing', 'The token response does not have one.');
  return { detail: `Access token and refresh token in ${answer.ms} ms.` };
}
