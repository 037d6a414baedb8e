import { randomUUID } from 'node:crypto';
import { type ConfigProblem, type Environment, readEnvironment, storeVariablesIn } from './environment.ts';
import { problemsOfIdentity } from './identity.ts';
import { checkOrganizations, type IdentityProvider, readIdentityProviders } from './identity-providers.ts';
import { type OrganizationSettings, readOrganizations } from './organizations/settings.ts';
import type { Result } from './result.ts';
import { takenSecrets } from './taken-secrets.ts';

/** Everything said to and about the Auth0 tenant. */
export type OAuthConfig = {
  /** Where the tenant is reached, e.g. `https://acme.eu.auth0.com`, no trailing slash. */
  tenant: string;
  /** `iss` of the tenant's tokens; Auth0's ends with a slash. */
  issuer: string;
  jwksUri: string;
  managementAudience: string;
  clientId: string;
  clientSecret: string;
  /** The tenant's custom API client, as which tokens for other APIs are obtained on behalf of users. */
  apiClient: { id: string; secret: string } | undefined;
  /** Names of the connections whose accounts users may connect, for tools (Token Vault). */
  connectedAccounts: string[];
  /** Names of the connections that every client may use. */
  connections: string[];
  /** Accepted API identifiers; the first is the one asked for at sign-in. */
  audiences: [string, ...string[]];
  /** Auth0 applications, by client id, whose own tokens for our API are accepted as they are. */
  allowedApplications: string[];
  /** Companies' identity providers whose assertions are accepted. */
  identityProviders: IdentityProvider[];
  /** Ceiling on the Auth0 applications that this server makes. */
  maxClients: number;
  /** Days without use after which an application may be removed. */
  pruneIdleDays: number;
  /** Hosts that https redirect URIs may name; undefined allows every host. */
  allowedRedirectHosts: string[] | undefined;
  /** Whether client metadata documents may be fetched from this machine and network: for local trials alone. */
  localDocuments: boolean;
};

export type StoreConfig = { url: string; token: string };

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export type Config = {
  /** Undefined when `OAUTH_ENABLED=false`: everyone is the anonymous principal. */
  oauth: OAuthConfig | undefined;
  /** The canonical public origin, e.g. `https://mcp.example.com`. */
  serverUrl: string;
  /** Every public origin this deployment answers for; the canonical one first. */
  origins: [string, ...string[]];
  /** Undefined if the server knows no organizations (`ORGANIZATIONS=off`). */
  organizations: OrganizationSettings | undefined;
  store: StoreConfig | undefined;
  /** The current sealing secret, then the previous one during a rotation. */
  sealingSecrets: [string, ...string[]];
  /** How long an access token of ours lives. */
  tokenLifetimeSeconds: number;
  /**
   * How long a refresh token of ours lives. Longer than an access token by the time that Auth0 keeps an unused grant:
   * many clients refresh only once the access token has ended, which may be long after they last used it.
   */
  refreshTokenLifetimeSeconds: number;
  cronSecret: string | undefined;
  /** Whether legacy clients may hold a standing GET stream (it keeps a function running). */
  standingStream: boolean;
  logLevel: LogLevel;
  /** What works but should be set up better. */
  warnings: ConfigProblem[];
  /** What runs here, for `/health` and logs; no URL is built from it. */
  deployment: { environment: string; commit: string | undefined; region: string | undefined };
};

/** A configuration with sign-in. */
export type SignInConfig = Config & { oauth: OAuthConfig };

/** Whether sign-in is on (`OAUTH_ENABLED`). */
export function hasSignIn(config: Config): config is SignInConfig {
  return config.oauth !== undefined;
}

/** Seconds without use after which Auth0 ends the refresh tokens of our applications. */
export const idleLifetimeSeconds = 30 * 86_400;

const maxTokenLifetimeDays = idleLifetimeSeconds / 86_400;
const minSecretLength = 32;
/** `CRON_SECRET` opens the prune job and the details of `/health`. */
const minCronSecretLength = 16;

/** Reads the environment into a configuration, or names every problem at once. */
export function readConfig(env: Record<string, string | undefined>): Result<Config, ConfigProblem[]> {
  const environment = readEnvironment(env);
  const { problems, problem, text, flag, count, onVercel } = environment;

  const { serverUrl, origins } = readOrigins(environment);
  const enabled = flag('OAUTH_ENABLED', true);
  const production = text('VERCEL_ENV') === 'production';
  if (!enabled && production)
    problem('OAUTH_ENABLED', 'Production must not run without sign-in: remove it or set it to true.');
  // Where sign-in cannot be off, what it needs is named in the same answer.
  const oauth = enabled || production ? readOAuth(environment, serverUrl) : undefined;
  const organizations = readOrganizations(environment);
  if (organizations && !oauth) problem('ORGANIZATIONS', 'Needs sign-in: remove it or OAUTH_ENABLED=false.');
  checkOrganizations(environment, oauth?.identityProviders ?? [], organizations);
  const store = readStore(environment);
  const [current, previous] = ['SEALING_SECRET', 'SEALING_SECRET_PREVIOUS'].map((variable) => {
    const secret = text(variable);
    if (secret && secret.length < minSecretLength)
      problem(variable, `Too short: use ${minSecretLength} random characters or more.`);
    return secret;
  });
  const cronSecret = text('CRON_SECRET');
  if (cronSecret && cronSecret.length < minCronSecretLength)
    problem('CRON_SECRET', `Too short: use ${minCronSecretLength} random characters or more.`);
  const tokenLifetimeDays = count('TOKEN_LIFETIME_DAYS') ?? maxTokenLifetimeDays;
  if (tokenLifetimeDays > maxTokenLifetimeDays)
    problem('TOKEN_LIFETIME_DAYS', `Set it to ${maxTokenLifetimeDays} or less.`);
  // Without sign-in the store's token is the one secret that all instances share.
  const sealingSecret = current ?? oauth?.clientSecret ?? store?.token ?? randomUUID();

  const tokenLifetimeSeconds = tokenLifetimeDays * 86_400;

  const config: Config = {
    oauth,
    serverUrl: serverUrl ?? '',
    origins: [serverUrl ?? '', ...origins],
    organizations,
    store,
    sealingSecrets: previous ? [sealingSecret, previous] : [sealingSecret],
    tokenLifetimeSeconds,
    refreshTokenLifetimeSeconds: tokenLifetimeSeconds + idleLifetimeSeconds,
    cronSecret,
    standingStream: flag('MCP_STANDING_STREAM', false),
    logLevel: environment.oneOf('LOG_LEVEL', logLevels, 'info'),
    warnings: oauth && onVercel ? unset({ SEALING_SECRET: current, CRON_SECRET: cronSecret }) : [],
    deployment: {
      environment: text('VERCEL_ENV') ?? 'local',
      commit: text('VERCEL_GIT_COMMIT_SHA')?.slice(0, 7),
      region: text('VERCEL_REGION'),
    },
  };
  return problems.length ? { failure: problems } : { value: config };
}

/** Secrets that a deployment works without, and should have. */
const recommended: Record<string, string> = {
  SEALING_SECRET:
    'Set it to 32 or more random characters. Until then, tokens are sealed with a key derived from AUTH0_CLIENT_SECRET.',
  CRON_SECRET:
    'Set it to 16 or more random characters. Until then, unused applications are not removed from the tenant.',
};

function unset(secrets: Record<string, string | undefined>): ConfigProblem[] {
  return Object.entries(secrets)
    .filter(([, value]) => !value)
    .map(([variable]) => ({ variable, fix: recommended[variable] ?? '' }));
}

let cached: Result<Config, ConfigProblem[]> | undefined;

/**
 * The process's configuration, read once: an invocation never sees the environment change. The secrets are taken out of
 * `process.env` (`takenSecrets`).
 */
export function getConfig(): Result<Config, ConfigProblem[]> {
  cached ??= withIdentity(readConfig({ ...process.env, ...takenSecrets() }));
  return cached;
}

/** A deployment with an invalid `lib/tools/identity.ts` serves nothing either, and says so in the same list. */
function withIdentity(read: Result<Config, ConfigProblem[]>): Result<Config, ConfigProblem[]> {
  if (!problemsOfIdentity.length) return read;
  return { failure: [...('failure' in read ? read.failure : []), ...problemsOfIdentity] };
}

function readOrigins({ text, list, origin, required }: Environment) {
  const system = ['VERCEL_PROJECT_PRODUCTION_URL', 'VERCEL_BRANCH_URL', 'VERCEL_URL'].flatMap((variable) => {
    const host = text(variable);
    return host ? [`https://${host}`] : [];
  });
  const production = text('VERCEL_PROJECT_PRODUCTION_URL') && system[0];
  const serverUrl =
    !text('SERVER_URL') && production
      ? production
      : origin(
          'SERVER_URL',
          required('SERVER_URL', 'Set it to the public URL, such as https://mcp.example.com.'),
        );
  const further = list('ALLOWED_ORIGINS').flatMap((value) => origin('ALLOWED_ORIGINS', value) ?? []);
  return { serverUrl, origins: [...new Set([...system, ...further])].filter((each) => each !== serverUrl) };
}

function readOAuth(environment: Environment, serverUrl: string | undefined): OAuthConfig | undefined {
  const { text, required, list, count, url, origin, flag, onVercel, problem } = environment;
  const domain = required('AUTH0_DOMAIN', 'Set it to your tenant, such as acme.eu.auth0.com.');
  const tenant = origin(
    'AUTH0_DOMAIN',
    domain && (/^[a-z]+:\/\//i.test(domain) ? domain : `https://${domain}`),
  );
  const clientId = required('AUTH0_CLIENT_ID', 'Set it to the client id of the Management API application.');
  const clientSecret = required(
    'AUTH0_CLIENT_SECRET',
    'Set it to the secret of the Management API application.',
  );
  const connections = list('AUTH0_CONNECTIONS');
  const [audience = serverUrl ?? '', ...furtherAudiences] = list('OAUTH_AUDIENCE');
  const localDocuments = flag('ALLOWED_LOCAL_DOCUMENTS', false);
  if (localDocuments && onVercel)
    problem('ALLOWED_LOCAL_DOCUMENTS', 'A deployment must not fetch from inside its network: remove it.');
  const redirectHosts = list('ALLOWED_REDIRECT_HOSTS').map((host) => host.toLowerCase());
  return {
    tenant: tenant ?? '',
    issuer: url('OAUTH_ISSUER')?.href ?? `${tenant}/`,
    jwksUri: url('OAUTH_JWKS_URI')?.href ?? `${tenant}/.well-known/jwks.json`,
    managementAudience: text('AUTH0_MANAGEMENT_AUDIENCE') ?? `${tenant}/api/v2/`,
    clientId: clientId ?? '',
    clientSecret: clientSecret ?? '',
    apiClient: readApiClient(environment),
    connectedAccounts: readConnectedAccounts(environment),
    connections: connections.length ? connections : ['Username-Password-Authentication', 'google-oauth2'],
    audiences: [audience, ...furtherAudiences],
    allowedApplications: list('ALLOWED_APPLICATIONS'),
    identityProviders: readIdentityProviders(environment),
    maxClients: count('MAX_CLIENTS') ?? 50,
    pruneIdleDays: count('PRUNE_IDLE_DAYS') ?? 30,
    allowedRedirectHosts: redirectHosts.length ? redirectHosts : undefined,
    localDocuments,
  };
}

function readApiClient({ text, problem }: Environment): OAuthConfig['apiClient'] {
  const [id, secret] = [text('AUTH0_API_CLIENT_ID'), text('AUTH0_API_CLIENT_SECRET')];
  if (id && !secret) problem('AUTH0_API_CLIENT_SECRET', 'Missing. Set it with AUTH0_API_CLIENT_ID.');
  if (secret && !id) problem('AUTH0_API_CLIENT_ID', 'Missing. Set it with AUTH0_API_CLIENT_SECRET.');
  return id && secret ? { id, secret } : undefined;
}

function readConnectedAccounts({ text, list, problem }: Environment): string[] {
  const names = list('AUTH0_CONNECTED_ACCOUNTS');
  if (names.length && !text('AUTH0_API_CLIENT_ID'))
    problem(
      'AUTH0_API_CLIENT_ID',
      'Missing. AUTH0_CONNECTED_ACCOUNTS needs it: run npm run setup -- --accounts.',
    );
  return names;
}

function readStore({ env, text, url, onVercel, problem }: Environment): StoreConfig | undefined {
  const { url: urlVariable, token: tokenVariable } = storeVariablesIn(env);
  const [address, token] = [url(urlVariable), text(tokenVariable)];
  const missing = 'Missing. Add the Upstash integration to the project, or copy it from the Upstash console.';
  if (!text(urlVariable) && (onVercel || token)) problem(urlVariable, missing);
  if (!token && (onVercel || text(urlVariable))) problem(tokenVariable, missing);
  return address && token ? { url: address.href.replace(/\/$/, ''), token } : undefined;
}
