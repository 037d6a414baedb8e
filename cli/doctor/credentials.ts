import { type Environment, readEnvironment } from '../../lib/environment.ts';
import { ownToolPermissions } from '../tool-permissions.ts';
import { UsageError } from '../usage-error.ts';
import type { TenantCredentials } from './management.ts';
import type { TestUser } from './test-user.ts';

type Variables = Record<string, string | undefined>;

/** The tenant's credentials. Undefined if none are given. Throws `UsageError` if some are missing or wrong. */
export function readTenant(variables: Variables): TenantCredentials | undefined {
  const environment = readEnvironment(variables);
  const { text, list, oneOf } = environment;
  const [domain, clientId, clientSecret] = ['AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET'].map(
    text,
  );
  if (!domain && !clientId && !clientSecret) return undefined;
  if (!domain || !clientId || !clientSecret)
    throw new UsageError(
      'To check the tenant, give AUTH0_DOMAIN, AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET, or none of them.',
    );
  const tenant = originOf(environment, 'AUTH0_DOMAIN', domain);
  const connections = list('AUTH0_CONNECTIONS');
  const organizations = oneOf('ORGANIZATIONS', ['off', 'optional', 'required'] as const, 'off');
  return {
    domain: tenant,
    clientId,
    clientSecret,
    managementAudience: text('AUTH0_MANAGEMENT_AUDIENCE') ?? `${tenant}/api/v2/`,
    connections: connections.length ? connections : ['Username-Password-Authentication', 'google-oauth2'],
    organizations: organizations === 'off' ? undefined : organizations,
    audience: list('OAUTH_AUDIENCE')[0] ?? text('SERVER_URL'),
    permissions: async () => [...(await ownToolPermissions()).keys()],
    apiClientId: text('AUTH0_API_CLIENT_ID'),
    connectedAccounts: list('AUTH0_CONNECTED_ACCOUNTS'),
  };
}

/**
 * The test user. Undefined if there is none, which leaves the sign-in to a person. Throws `UsageError` if the
 * variables are incomplete.
 */
export function readTestUser(variables: Variables): TestUser | undefined {
  const environment = readEnvironment(variables);
  const { text } = environment;
  const [name, password] = [text('DOCTOR_USER'), text('DOCTOR_PASSWORD')];
  if (!name && !password) return undefined;
  if (!name || !password) throw new UsageError('Give both DOCTOR_USER and DOCTOR_PASSWORD, or neither.');
  const variable = text('DOCTOR_LOGIN_HOST') ? 'DOCTOR_LOGIN_HOST' : 'AUTH0_DOMAIN';
  const host = text(variable);
  if (!host)
    throw new UsageError(
      'Set DOCTOR_LOGIN_HOST to the host of the login page: the doctor sends the password to no other.',
    );
  return { name, password, loginOrigin: originOf(environment, variable, host) };
}

/** Vercel's “Protection Bypass for Automation” secret. Throws `UsageError` if it is not set. */
export function readBypassSecret(variables: Variables): string {
  const secret = readEnvironment(variables).text('VERCEL_AUTOMATION_BYPASS_SECRET');
  if (secret) return secret;
  throw new UsageError('--bypass-protection needs VERCEL_AUTOMATION_BYPASS_SECRET.');
}

/** A host name or origin as an origin. Throws `UsageError` if it is neither. */
function originOf({ origin, problems }: Environment, variable: string, host: string): string {
  const found = origin(variable, /^[a-z]+:\/\//i.test(host) ? host : `https://${host}`);
  const [wrong] = problems;
  if (wrong || !found) throw new UsageError(`${variable}: ${wrong?.fix ?? 'not a domain.'}`);
  return found;
}
