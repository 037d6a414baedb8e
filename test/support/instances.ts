import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { startTenant, type Tenant, type TenantOptions } from '../../dev/auth0/tenant.ts';
import { memoryBackend } from '../../dev/upstash/memory/backend.ts';
import { type Store, startStore } from '../../dev/upstash/server.ts';
import type { SignInContext } from '../../lib/http/endpoint.ts';
import { testConfig } from './config.ts';

export type InstanceContext = SignInContext;

export type Instances = {
  tenant: Tenant;
  store: Store;
  /** A new instance of the server: what lib/ keeps in memory, it keeps by configuration. */
  instance(env?: Record<string, string>): InstanceContext;
  /** Loses everything that the store held. */
  emptyStore(): Promise<void>;
  /** What the tenant was asked since the last call, as `METHOD /path`. */
  asked(): string[];
};

const managementClient = { id: 'management-application', secret: 'management-secret-that-protects-nothing' };
const token = 'store-token';

/** A tenant and a store for one test file, and as many instances of the server as its tests want. */
export function useInstances(tenantOptions: Partial<TenantOptions> = {}): () => Instances {
  let running: Instances | undefined;
  beforeAll(async () => {
    const [tenant, store] = await Promise.all([
      startTenant({
        port: 0,
        managementClient,
        apiIdentifier: 'https://mcp.example.com',
        ...tenantOptions,
      }),
      startStore({ port: 0, token, backend: memoryBackend() }),
    ]);
    let seen = 0;
    running = {
      tenant,
      store,
      instance: (env = {}) => instanceOf(tenant, store, env),
      emptyStore: async () => {
        await fetch(store.url, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}` },
          body: JSON.stringify(['FLUSHALL']),
        });
      },
      asked: () => {
        const since = tenant.requests.slice(seen).map(({ method, path }) => `${method} ${path}`);
        seen = tenant.requests.length;
        return since;
      },
    };
  });
  afterAll(async () => {
    await running?.tenant.close();
    await running?.store.close();
  });
  return () => {
    if (!running) throw new Error('not started');
    return running;
  };
}

function instanceOf(tenant: Tenant, store: Store, env: Record<string, string>): InstanceContext {
  const config = testConfig({
    AUTH0_DOMAIN: tenant.origin,
    UPSTASH_REDIS_REST_URL: store.url,
    UPSTASH_REDIS_REST_TOKEN: token,
    ...env,
  });
  const origin = config.serverUrl;
  return { config, origin, url: new URL(origin), requestId: randomUUID() };
}
