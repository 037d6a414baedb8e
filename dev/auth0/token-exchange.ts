import { createLocalJWKSet, jwtVerify } from 'jose';
import { z } from 'zod';
import { issueAccessToken } from './access-token.ts';
import type { Application } from './model/applications.ts';
import { findApi, findClientGrant, findUser, type TenantState, tenantNowMs } from './model/state.ts';
import { permissionsOf, permittedScopes } from './permissions.ts';
import { publicJwks } from './signing-keys.ts';
import { oauthError, type TokenReply } from './token-reply.ts';

const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';

/** Longest chain of actors that a new token may have. */
const maxActors = 5;

type Actor = { sub: string; act?: Actor | undefined };
const actor: z.ZodType<Actor> = z.lazy(() => z.object({ sub: z.string(), act: actor.optional() }));

const subjectClaims = z.object({
  sub: z.string(),
  azp: z.string().optional(),
  client_id: z.string().optional(),
  act: actor.optional(),
});

const onBehalfOf = z.object({
  allow_any_profile_of_type: z
    .array(z.string())
    .refine((types) => types.includes('on_behalf_of_token_exchange')),
});

/**
 * Auth0's on-behalf-of token exchange (RFC 8693). Enforced as its documentation says:
 *
 * - the application is a custom API client: `app_type` `resource_server`, with the API's identifier as
 *   `resource_server_identifier`, `on_behalf_of_token_exchange` in `token_exchange`, and a secret;
 * - the subject token is an access token of the tenant for that API, of a user, not expired;
 * - a client grant for users (`subject_type` `user`) allows the application the other API;
 * - the scopes are those of the client grant that were asked for and, with RBAC, that are the user's permissions;
 * - the chain of actors (`act`) has at most five levels.
 *
 * A subject token that is not valid is refused with 401, as the reference says; it does not name the error code.
 */
export async function tokenExchange(
  state: TenantState,
  application: Application,
  params: Record<string, string>,
): Promise<TokenReply> {
  if (application.app_type !== 'resource_server' || !onBehalfOf.safeParse(application.token_exchange).success)
    return oauthError(403, 'unauthorized_client', 'The client may not use this token exchange.');
  if (params.subject_token_type !== accessTokenType || params.requested_token_type !== accessTokenType)
    return oauthError(400, 'invalid_request', 'Only access tokens can be exchanged for access tokens.');
  const subject = await verified(
    state,
    String(application.resource_server_identifier),
    params.subject_token ?? '',
  );
  const user = findUser(state, subject?.sub);
  if (!subject || !user) return oauthError(401, 'invalid_request', 'The subject token is not valid.');
  if (user.blocked) return oauthError(403, 'access_denied', 'user is blocked');

  const audience = params.audience ?? '';
  const api = findApi(state, audience);
  const grant = findClientGrant(state, application.client_id, audience, 'user');
  if (!api || !grant)
    return oauthError(
      400,
      'invalid_target',
      `Client is not authorized to access resource server "${audience}".`,
    );
  const wanted = params.scope?.split(' ').filter(Boolean);
  const scopes = permittedScopes(
    user,
    api,
    grant.scope.filter((scope) => wanted?.includes(scope) ?? true),
  );
  const act: Actor = {
    sub: application.client_id,
    act: subject.act ?? { sub: subject.azp ?? subject.client_id ?? '' },
  };
  if (depthOf(act) > maxActors)
    return oauthError(
      400,
      'invalid_request',
      'Delegation chain (`act` claim) depth exceeds the maximum allowed limit of 4',
    );
  const { token, expiresIn } = await issueAccessToken(state, {
    clientId: application.client_id,
    subject: user.user_id,
    api,
    scopes,
    permissions: permissionsOf(user, api),
    act,
  });
  return {
    status: 200,
    body: {
      access_token: token,
      issued_token_type: accessTokenType,
      ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
      expires_in: expiresIn,
      token_type: 'Bearer',
    },
  };
}

function depthOf({ act }: Actor): number {
  return 1 + (act ? depthOf(act) : 0);
}

async function verified(state: TenantState, audience: string, token: string) {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(publicJwks(state.keys)), {
      issuer: state.issuer,
      audience,
      currentDate: new Date(tenantNowMs(state)),
    });
    return subjectClaims.parse(payload);
  } catch {
    return undefined;
  }
}
