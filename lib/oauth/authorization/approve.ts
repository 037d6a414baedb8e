import { randomUUID } from 'node:crypto';
import { userOf } from '../../access-token/grant.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { offlineAccess } from '../../scope-rules.ts';
import { sealCode } from './authorization-code.ts';
import { rememberApproval } from './consent-memory.ts';
import type { Authorization } from './request.ts';
import { authorizationResponse, type ResponseTarget } from './response.ts';
import type { SignedIn } from './signed-in.ts';

type Approved = ResponseTarget &
  Pick<Authorization, 'clientId' | 'redirectUriSent' | 'codeChallenge' | 'scopes' | 'organization'>;

/**
 * Hands the client a code for what the user approved and the tenant granted, and remembers a decision in this browser.
 *
 * @param approval the browser's secret, and whether the user has decided in this sign-in: one that relies on an earlier
 * decision may ask for less, and must not narrow what is remembered.
 */
export function grantToClient(
  request: Request,
  context: SignInContext,
  approved: Approved,
  { grant }: SignedIn,
  { browser, decided }: { browser: string; decided: boolean },
): Response {
  const { config } = context;
  const { redirectUri, redirectUriSent, codeChallenge } = approved;
  const scopes = grant.scopes.filter((scope) => approved.scopes.some((each) => each === scope));
  const upstream = scopes.includes(offlineAccess) ? grant.upstream : undefined;
  const code = sealCode(config, {
    id: randomUUID(),
    grant: { ...grant, scopes, upstream },
    redirectUri,
    redirectUriSent,
    codeChallenge,
  });
  const user = userOf(config, grant);
  const cookies = decided ? [rememberApproval(request, context, approved, { browser, user })] : [];
  return authorizationResponse(request, context, approved, { code }, cookies);
}
