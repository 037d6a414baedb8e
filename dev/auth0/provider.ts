import { randomBytes } from 'node:crypto';
import { type AdapterFactory, type Configuration, Provider } from 'oidc-provider';
import { interactionRules } from './interaction-rules.ts';
import { findApi, findUser, type TenantState, tenantNow } from './model/state.ts';
import { claimsByScope, claimsForScopes } from './model/users.ts';
import { extraParams, requestedGrant } from './oidc-query.ts';
import { asMember, organizationClaims } from './organizations/organizations.ts';
import { signedInOrganization } from './organizations/prompt.ts';
import { errorPage } from './pages.ts';
import { permittedScopes } from './permissions.ts';
import { refreshTokenLifetimeSeconds } from './refresh-tokens.ts';
import { markerScope, openidScopes } from './scopes.ts';

/** Creates a grant for each authorization, so that revoking one refresh token family does not affect the others. */
function grantFor(state: TenantState): NonNullable<Configuration['loadExistingGrant']> {
  return async ({ oidc }) => {
    const user = findUser(state, oidc.account?.accountId);
    if (!oidc.client || user === undefined) return undefined;
    const grant = new oidc.provider.Grant({ accountId: user.user_id, clientId: oidc.client.clientId });
    grant.addOIDCScope([markerScope, ...openidScopes].join(' '));
    await grant.save();

    const organization = signedInOrganization(oidc.params, oidc.result);
    const granted = requestedGrant(oidc.params ?? {});
    const api = granted.audience === undefined ? undefined : findApi(state, granted.audience);
    state.granted.set(grant.jti, {
      ...granted,
      userId: user.user_id,
      clientId: oidc.client.clientId,
      ...(organization === undefined ? {} : { organization }),
      scopes: permittedScopes(asMember(state, user, organization), api, granted.scopes),
    });
    return grant;
  };
}

/** The OpenID core. Rebuilt when the signing key changes. Its data is in the adapters. */
export function createProvider(state: TenantState, adapter: AdapterFactory, cookieKey: string): Provider {
  const application = (clientId: string | undefined) => state.applications.get(clientId ?? '');

  const provider = new Provider(state.issuer, {
    adapter,
    jwks: { keys: [state.keys.current, ...state.keys.previous] },
    routes: { authorization: '/authorize', token: '/oauth/token' },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      resourceIndicators: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
    },
    cookies: {
      keys: [cookieKey],
      names: { session: 'auth0', interaction: 'auth0_interaction', resume: 'auth0_resume' },
    },
    scopes: [markerScope, ...openidScopes],
    // `iat` is a claim here, so that ID tokens are dated by the tenant's clock instead of this machine's.
    claims: { openid: ['sub', 'iat', 'org_id', 'org_name'], ...Object.fromEntries(claimsByScope) },
    extraParams,
    responseTypes: ['code'],
    clientAuthMethods: ['none'],
    pkce: { required: () => false },
    interactions: {
      policy: interactionRules(state),
      url: (_ctx, interaction) => `/u/${interaction.prompt.name}?state=${interaction.uid}`,
    },
    loadExistingGrant: grantFor(state),
    findAccount: (_ctx, id, token) => {
      const user = findUser(state, id);
      if (user === undefined) return undefined;
      const grantId = token && 'grantId' in token ? token.grantId : undefined;
      return {
        accountId: id,
        claims: (_use, scope) => ({
          ...claimsForScopes(user, scope.split(' ')),
          ...organizationClaims(state, state.granted.get(grantId ?? '')?.organization),
          iat: tenantNow(state),
        }),
      };
    },
    issueRefreshToken: (_ctx, _client, code) =>
      state.granted.get(code.grantId ?? '')?.scopes.includes('offline_access') ?? false,
    // After rotation was switched off, a rotating token is replaced once more, by a non-rotating one.
    rotateRefreshToken: ({ oidc }) =>
      application(oidc.client?.clientId)?.refresh_token.rotation_type === 'rotating' ||
      (state.refreshTokens.get(oidc.entities.RefreshToken?.jti ?? '')?.rotating ?? false),
    expiresWithSession: () => false,
    clientBasedCORS: (_ctx, origin, client) => {
      const { web_origins = [], allowed_origins = [], callbacks = [] } = application(client.clientId) ?? {};
      return [...web_origins, ...allowed_origins, ...callbacks].some(
        (url) => URL.parse(url)?.origin === origin,
      );
    },
    ttl: {
      AccessToken: 1,
      AuthorizationCode: 60,
      Grant: 10 * 365 * 86400,
      IdToken: (_ctx, _token, client) =>
        Math.max(
          1,
          (application(client.clientId)?.jwt_configuration.lifetime_in_seconds ?? 36000) +
            state.switches.clockSkewSeconds,
        ),
      Interaction: 3600,
      RefreshToken: (_ctx, token, client) =>
        refreshTokenLifetimeSeconds(
          state,
          client.clientId,
          token.iiat === undefined ? 0 : token.totalLifetime(),
        ),
      Session: () => state.settings.session_lifetime * 3600,
    },
    renderError: (ctx, { error, error_description }) => {
      ctx.type = 'html';
      ctx.body = errorPage(error, error_description ?? '');
    },
  });
  // oidc-provider always adds `iss`. `authorizationResponse` removes it from redirects, this from form posts.
  provider.on('authorization.success', (_ctx, response) => {
    if (response && !state.switches.emitIss) delete response.iss;
  });
  return provider;
}

/** A key for signing the tenant's cookies. */
export function newCookieKey(): string {
  return randomBytes(32).toString('base64url');
}
