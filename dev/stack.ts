import { fileURLToPath } from 'node:url';
import { scopeDescriptions } from '../lib/scopes.ts';
import { demoOrganizations } from './auth0/model/organizations.ts';
import { startTenant, type Tenant, type TenantOptions } from './auth0/tenant.ts';
import { readLocalEnvironment, shellVariables, type Variables } from './environment.ts';
import { type IdentityProviderServer, startIdentityProvider } from './identity-provider/server.ts';
import { type Provider, startProvider } from './provider/server.ts';
import { startRedisServer } from './redis-server.ts';
import { parseLine, type RequestLine } from './request-line.ts';
import { publicVariables } from './tunnel.ts';
import type { Backend } from './upstash/backend.ts';
import { memoryBackend } from './upstash/memory/backend.ts';
import { redisBackend } from './upstash/redis/backend.ts';
import { type Store, startStore } from './upstash/server.ts';
import { type Functions, startFunctions } from './vercel/functions.ts';
import { listenOnLoopback } from './vercel/loopback.ts';

export type StackOptions = {
  /**
   * Port of the functions. The tenant uses the next one, the store the one after, the identity provider the fourth. 0 takes three free ones. Default
   * 3000.
   */
  port?: number;
  /** Instances that share nothing. Default 1. */
  instances?: number;
  /** Serve the functions as Vercel's builder compiles them. */
  built?: boolean;
  /** Load every function when an instance starts. */
  preload?: boolean;
  /** Where the store keeps its data. Default `memory`. */
  store?: 'memory' | 'redis';
  /** The Redis behind the store, `redis://…`. Default: starts the installed redis-server. */
  redisUrl?: string;
  /** Variables for the functions, in addition to `local.env`. Undefined removes one. */
  env?: Variables;
  /** Called with every line that the functions print and every answered request. */
  onLine?: (line: RequestLine | string) => void;
  /** Origin of a tunnel that leads to the functions, such as `https://a-b-c.trycloudflare.com`. */
  publicOrigin?: string;
  /** Called with every line that the functions print, unchanged. */
  onPrint?: (text: string) => void;
  tenantOptions?: Partial<TenantOptions>;
  /** Another API of the tenant, which tools may call on behalf of users. */
  downstream?: { identifier: string; scopes: string[] };
  /** Start a stand-in for Google too, whose accounts users can connect (Token Vault). */
  accounts?: boolean | undefined;
  /** Start a company's identity provider too, and let the server trust it (Enterprise-Managed Authorization). */
  enterprise?: boolean | undefined;
  /** Turn customers' organizations on, with two at the tenant and an origin for each: `acme.localhost`. */
  organizations?: 'optional' | 'required' | undefined;
  /** Folder of the Vercel project to serve. Default: this repository. */
  root?: string;
};

export type Stack = {
  /** For example `http://localhost:3000`, without a trailing slash. */
  serverUrl: string;
  /** Port of the functions. */
  port: number;
  mcpUrl: string;
  /** The server's variables, as the functions get them. */
  env: Variables;
  tenant: Tenant;
  /** Only with `accounts`. */
  provider: Provider | undefined;
  /** Only with `enterprise`. */
  identityProvider: IdentityProviderServer | undefined;
  store: Store;
  functions: Functions;
  close(): Promise<void>;
};

/** As which the server obtains tokens for other APIs: fixed, public and of no use anywhere else. */
const apiClient = {
  id: 'LocalCustomApiClient000000000000',
  secret: 'local-api-client-secret-that-protects-nothing',
};

/** The tenant at the stand-in for Google: as public as the other. */
const providerClient = {
  id: 'local-tenant.apps.example',
  secret: 'local-provider-secret-that-protects-nothing',
};

const projectRoot = fileURLToPath(new URL('..', import.meta.url));

/**
 * Starts tenant, store and functions. Rejects with `EADDRINUSE` if a port is in use, and then leaves nothing
 * running.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { port = 3000, publicOrigin, onLine = () => {} } = options;
  const closing: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step();
  };
  try {
    const local = readLocalEnvironment();
    // Held from the start: tenant and functions are configured with this URL.
    const loopback = await listenOnLoopback(port);
    closing.push(loopback.close);
    const serverUrl = `http://localhost:${loopback.port}`;
    const numericUrl = `http://127.0.0.1:${loopback.port}`;

    const provider = options.accounts
      ? await startProvider({
          port: port && port + 5,
          client: providerClient,
          redirectUris: () => [`${tenant.origin}/login/callback`],
        })
      : undefined;
    if (provider) closing.push(provider.close);

    const tenant: Tenant = await startTenant({
      port: port && port + 1,
      managementClient: { id: local.AUTH0_CLIENT_ID, secret: local.AUTH0_CLIENT_SECRET },
      apiIdentifier: publicOrigin ?? serverUrl,
      apiScopes: scopeDescriptions,
      onRequest: ({ note, ...line }) => onLine({ from: 'auth0', ...line, outcome: note }),
      ...(options.downstream && { downstream: { ...options.downstream, apiClient } }),
      ...(options.organizations && { organizations: demoOrganizations }),
      ...(provider && { accounts: accountsAt(provider) }),
      ...options.tenantOptions,
    });
    closing.push(tenant.close);

    const backend = await openBackend(options, closing);
    const token = local.UPSTASH_REDIS_REST_TOKEN;
    const store = await startStore({ port: port && port + 2, token, backend }).catch(async (error) => {
      await backend.close();
      throw error;
    });
    closing.push(store.close);

    const identityProvider = options.enterprise ? await startIdentityProvider(port && port + 3) : undefined;
    if (identityProvider) {
      closing.push(identityProvider.close);
      identityProvider.servers.push({ issuer: serverUrl, resource: `${serverUrl}/mcp` });
    }

    const env: Variables = {
      ...local,
      ...featureVariables(options, { serverUrl, provider, identityProvider }),
      // People use either name, and clients compare URLs exactly.
      ...(publicOrigin === undefined
        ? { SERVER_URL: serverUrl, ALLOWED_ORIGINS: numericUrl }
        : publicVariables(publicOrigin, [serverUrl, numericUrl])),
      AUTH0_DOMAIN: tenant.origin,
      UPSTASH_REDIS_REST_URL: store.url,
      ...options.env,
    };
    const functions = await startFunctions({
      root: options.root ?? projectRoot,
      port: loopback,
      instances: options.instances,
      built: options.built,
      preload: options.preload,
      publicOrigin,
      env: { ...shellVariables(process.env), ...env },
      onLine: ({ text }) => {
        options.onPrint?.(text);
        onLine(parseLine(text));
      },
      onPlatformAnswer: (answer) => onLine({ from: 'platform', ...answer }),
    });
    closing.push(functions.close);
    return {
      serverUrl,
      port: loopback.port,
      mcpUrl: `${serverUrl}/mcp`,
      env,
      tenant,
      provider,
      identityProvider,
      store,
      functions,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What `npm run setup -- --accounts google-oauth2` sets up at the tenant. */
function accountsAt({ origin }: Provider): TenantOptions['accounts'] {
  const google = {
    authorizationUrl: `${origin}/o/oauth2/v2/auth`,
    tokenUrl: `${origin}/token`,
    client: providerClient,
  };
  return { apiClient, providers: { 'google-oauth2': google } };
}

/** The variables that turn on what the options ask for. */
function featureVariables(
  { downstream, organizations }: StackOptions,
  { serverUrl, provider, identityProvider }: Pick<Stack, 'serverUrl' | 'provider' | 'identityProvider'>,
): Variables {
  return {
    ...((downstream || provider) && {
      AUTH0_API_CLIENT_ID: apiClient.id,
      AUTH0_API_CLIENT_SECRET: apiClient.secret,
    }),
    ...(provider && {
      AUTH0_CONNECTED_ACCOUNTS: 'google-oauth2',
      GOOGLE_API_URL: provider.origin,
    }),
    ...(identityProvider && {
      ENTERPRISE_IDENTITY_PROVIDERS: JSON.stringify([
        { issuer: identityProvider.issuer, jwks_uri: identityProvider.jwksUri, subject: 'oidc|acme|{sub}' },
      ]),
    }),
    ...(organizations && {
      ORGANIZATIONS: organizations,
      ORGANIZATION_DOMAIN: new URL(serverUrl).host,
    }),
  };
}

async function openBackend(options: StackOptions, closing: (() => Promise<unknown>)[]): Promise<Backend> {
  if (options.store !== 'redis') return memoryBackend();
  if (!options.redisUrl) {
    const server = await startRedisServer();
    closing.push(server.close);
    return redisBackend(server.url);
  }
  const backend = redisBackend(options.redisUrl);
  try {
    await backend.execute(['PING']);
    return backend;
  } catch (cause) {
    await backend.close();
    // Leaves out the URL, which may hold a password.
    throw new Error('The Redis at REDIS_URL does not answer', { cause });
  }
}
