import { randomBytes } from 'node:crypto';
import { type AdapterFactory, type Configuration, interactionPolicy, Provider } from 'oidc-provider';
import { markerScope, openidScopes, usableConnections } from './authorization-request.ts';
import { needsConsent } from './consent.ts';
import { findApi, type Granted, type TenantState } from './model/state.ts';
import { claimsForScopes, userClaims } from './model/users.ts';
import { errorPage } from './pages.ts';

const { Check, Prompt } = interactionPolicy;

/** What an authorization request asks for, as `decideAuthorization` left it in the parameters. */
export function requestedGrant(params: Record<string, unknown>): Granted {
  const scopes = String(params.granted_scope ?? '')
    .split(' ')
    .filter(Boolean);
  return typeof params.audience === 'string' ? { audience: params.audience, scopes } : { scopes };
}

/** When to ask for sign-in and consent. The descriptions are what `prompt=none` answers. */
function interactionRules(state: TenantState) {
  const login = new Prompt(
    { name: 'login', requestable: true },
    new Check('no_session', 'Login required', (ctx) => ctx.oidc.session?.accountId === undefined),
    new Check('max_age', 'Login required', ({ oidc }) => {
      const maxAge = oidc.params?.max_age;
      return maxAge !== undefined && !oidc.result?.login && (oidc.session?.past(Number(maxAge)) ?? true);
    }),
    new Check('connection', 'Login required', ({ oidc }) => {
      const application = state.applications.get(oidc.client?.clientId ?? '');
      const user = state.users.find(({ user_id }) => user_id === oidc.session?.accountId);
      if (application === undefined || user === undefined) return true;
      const wanted = oidc.params?.connection;
      return !usableConnections(state, application).some(
        ({ name }) => name === user.connection && (wanted === undefined || wanted === name),
      );
    }),
  );
  const consent = new Prompt(
    { name: 'consent', requestable: true },
    new Check('consent', 'Consent required', ({ oidc }) => {
      if (oidc.result?.consent || !oidc.session?.accountId || !oidc.client) return false;
      return needsConsent(
        state,
        oidc.session.accountId,
        oidc.client.clientId,
        requestedGrant(oidc.params ?? {}),
      );
    }),
  );
  return [login, consent];
}

/** A fresh grant for every authorization, so that revoking one refresh token family leaves the others alone. */
function grantFor(state: TenantState): NonNullable<Configuration['loadExistingGrant']> {
  return async ({ oidc }) => {
    const accountId = oidc.account?.accountId;
    const user = state.users.find(({ user_id }) => user_id === accountId);
    if (!oidc.client || user === undefined) return undefined;
    const grant = new oidc.provider.Grant({ accountId: user.user_id, clientId: oidc.client.clientId });
    grant.addOIDCScope([markerScope, ...openidScopes].join(' '));
    await grant.save();

    const granted = requestedGrant(oidc.params ?? {});
    const api = granted.audience === undefined ? undefined : findApi(state, granted.audience);
    const permissions = api?.enforce_policies ? user.permissions : undefined;
    state.granted.set(grant.jti, {
      ...granted,
      scopes: granted.scopes.filter(
        (scope) => permissions === undefined || openidScopes.includes(scope) || permissions.includes(scope),
      ),
    });
    return grant;
  };
}

/** Seconds a refresh token still has: the idle lifetime, cut off at the absolute one. */
function refreshTokenLifetime(state: TenantState, clientId: string | undefined, issuedAt: number): number {
  const settings = state.applications.get(clientId ?? '')?.refresh_token;
  const never = 10 * 365 * 86400;
  if (settings === undefined || settings.expiration_type === 'non-expiring') return never;
  const idle = settings.infinite_idle_token_lifetime ? never : settings.idle_token_lifetime;
  const age = Math.floor(Date.now() / 1000) - issuedAt;
  const absolute = settings.infinite_token_lifetime ? never : settings.token_lifetime - age;
  return Math.max(1, Math.min(idle, absolute));
}

/** The OpenID core. Built anew when the signing key changes; what it stores lives in the adapters. */
export function createProvider(state: TenantState, adapter: AdapterFactory, cookieKey: string): Provider {
  const application = (clientId: string | undefined) => state.applications.get(clientId ?? '');

  return new Provider(state.issuer, {
    adapter,
    jwks: { keys: [state.keys.current, ...state.keys.previous] },
    routes: {
      authorization: '/authorize',
      token: '/oauth/token',
      jwks: '/.well-known/jwks.json',
      end_session: '/oidc/logout',
    },
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
    claims: {
      openid: ['sub'],
      profile: ['nickname', 'name', 'picture', 'updated_at'],
      email: ['email', 'email_verified'],
    },
    extraParams: ['audience', 'connection', 'granted_scope'],
    responseTypes: ['code'],
    clientAuthMethods: ['none'],
    pkce: { required: () => false },
    interactions: {
      policy: interactionPolicyOf(interactionRules(state)),
      url: (_ctx, interaction) => `/u/${interaction.prompt.name}?state=${interaction.uid}`,
    },
    loadExistingGrant: grantFor(state),
    findAccount: (_ctx, id) => {
      const user = state.users.find(({ user_id }) => user_id === id);
      if (user === undefined) return undefined;
      return {
        accountId: id,
        claims: (_use, scope) => ({ ...claimsForScopes(user, scope.split(' ')), sub: userClaims(user).sub }),
      };
    },
    issueRefreshToken: (_ctx, _client, code) =>
      state.granted.get(code.grantId ?? '')?.scopes.includes('offline_access') ?? false,
    rotateRefreshToken: ({ oidc }) =>
      application(oidc.client?.clientId)?.refresh_token.rotation_type === 'rotating',
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
        application(client.clientId)?.jwt_configuration.lifetime_in_seconds ?? 36000,
      Interaction: 3600,
      RefreshToken: (_ctx, token, client) =>
        refreshTokenLifetime(state, client.clientId, token.iiat ?? Math.floor(Date.now() / 1000)),
      Session: () => state.settings.session_lifetime * 3600,
    },
    renderError: (ctx, { error, error_description }) => {
      ctx.type = 'html';
      ctx.body = errorPage(error, error_description ?? '');
    },
  });
}

function interactionPolicyOf(prompts: interactionPolicy.Prompt[]): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.clear();
  for (const prompt of prompts) policy.add(prompt);
  return policy;
}

/** A key for signing the tenant's cookies. */
export function newCookieKey(): string {
  return randomBytes(32).toString('base64url');
}
