import type { Exchange } from '../doctor/examination.ts';
import { isObject, member } from '../doctor/member.ts';
import { type Answer, probe, type Request } from '../doctor/probe.ts';
import * as fact from './facts.ts';
import { type Observation, observer } from './observation.ts';
import { answerTo } from './observe-server.ts';

/** A client that no tenant has. */
const unknownClient = 'NoSuchClientMadeUpByVerify0000000';

/** The tenant's origin, from the redirect that follows the consent page. Undefined if there was none. */
export function tenantOrigin(exchanges: Exchange[], serverOrigin: string): string | undefined {
  return URL.parse(toTenant(exchanges, serverOrigin)?.headers.get('location') ?? '')?.origin;
}

/** What the tenant answers to requests without credentials, and what the sign-in passed through. */
export async function observeAuth0(
  exchanges: Exchange[],
  serverOrigin: string,
  timeoutMs: number,
): Promise<Observation[]> {
  const tenant = tenantOrigin(exchanges, serverOrigin);
  if (!tenant) return [];
  const ask = (path: string, request: Omit<Request, 'timeoutMs'> = {}) =>
    probe(tenant + path, { timeoutMs, truncate: true, ...request });
  const callback = 'https://example.com/callback';
  const query = new URLSearchParams({
    client_id: unknownClient,
    response_type: 'code',
    redirect_uri: callback,
  });
  const grant = { grant_type: 'authorization_code', client_id: unknownClient, code: 'made-up' };
  const [metadata, keys, authorize, token, management] = [
    await ask('/.well-known/openid-configuration'),
    await ask('/.well-known/jwks.json'),
    await ask(`/authorize?${query}`, { headers: { accept: 'text/html' } }),
    await ask('/oauth/token', {
      method: 'POST',
      body: new URLSearchParams({ ...grant, redirect_uri: callback }),
    }),
    await ask('/api/v2/clients'),
  ];
  const auth0 = observer('Auth0');
  return [
    auth0.value(
      'redirect that it receives',
      '303 to /authorize, with audience, client_id, code_challenge, code_challenge_method, redirect_uri, response_type, scope, state',
      fact.redirectShape(toTenant(exchanges, serverOrigin)),
    ),
    auth0.value(
      'its answer to that redirect',
      '302 to /u/login, with state',
      fact.redirectShape(atTenant(exchanges, tenant, '/authorize')),
    ),
    auth0.value(
      'its redirect after the sign-in',
      '302 to /callback, with code, state',
      fact.redirectShape(backFrom(exchanges, tenant, serverOrigin)),
    ),
    auth0.names(
      'members of the OpenID metadata',
      'authorization_endpoint, claims_supported, code_challenge_methods_supported, device_authorization_endpoint, id_token_signing_alg_values_supported, issuer, jwks_uri, mfa_challenge_endpoint, registration_endpoint, request_parameter_supported, request_uri_parameter_supported, response_modes_supported, response_types_supported, revocation_endpoint, scopes_supported, subject_types_supported, token_endpoint, token_endpoint_auth_methods_supported, token_endpoint_auth_signing_alg_values_supported, userinfo_endpoint',
      fact.memberNames(metadata),
    ),
    auth0.names('members of a signing key', 'alg, e, kid, kty, n, use', keyMembers(keys)),
    auth0.value(
      'answer of `/authorize` to an unknown client',
      '400 text/html; charset=utf-8',
      fact.outcomeOf(authorize),
    ),
    auth0.value(
      'answer of `/oauth/token` to an unknown client',
      '401 application/json; charset=utf-8, access_denied',
      fact.outcomeOf(token),
    ),
    auth0.value(
      'body of that answer',
      'error, error_description: access_denied, Unauthorized',
      fact.errorBody(token),
    ),
    auth0.value(
      'answer of the Management API without a token',
      '401 application/json; charset=utf-8, Unauthorized',
      fact.outcomeOf(management),
    ),
    auth0.value(
      'body of the Management API’s answer',
      'error, message, statusCode: Unauthorized, Missing authentication',
      fact.errorBody(management),
    ),
    auth0.names(
      'header names of the Management API’s answer',
      'content-type, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset',
      fact.headerNames(management),
    ),
  ];
}

/** The server's redirect to the tenant. */
function toTenant(exchanges: Exchange[], serverOrigin: string): Answer | undefined {
  return answerTo(exchanges, (answer) => {
    const target = URL.parse(answer.headers.get('location') ?? '');
    return (
      answer.url.startsWith(`${serverOrigin}/`) &&
      target?.pathname === '/authorize' &&
      target.origin !== serverOrigin
    );
  });
}

function atTenant(exchanges: Exchange[], tenant: string, path: string): Answer | undefined {
  return answerTo(exchanges, ({ url }) => url.startsWith(`${tenant}${path}?`));
}

/** The tenant's redirect to the server's callback, which only a sign-in by the test user shows. */
function backFrom(exchanges: Exchange[], tenant: string, serverOrigin: string): Answer | undefined {
  return answerTo(
    exchanges,
    (answer) =>
      answer.url.startsWith(`${tenant}/`) &&
      (answer.headers.get('location') ?? '').startsWith(`${serverOrigin}/callback?`),
  );
}

function keyMembers(answer: Awaited<ReturnType<typeof probe>>): string | undefined {
  if ('failed' in answer) return answer.reason;
  const keys = member(answer.json, 'keys');
  const first = Array.isArray(keys) ? keys.find(isObject) : undefined;
  return Object.keys(Object(first)).toSorted().join(', ');
}
