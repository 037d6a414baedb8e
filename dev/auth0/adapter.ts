import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import type { Application } from './model/applications.ts';
import type { TenantState } from './model/state.ts';

type Stored = { payload: AdapterPayload; expiresAt: number; consumedAt?: number };

/** oidc-provider's view of an application. Authentication and callbacks are checked before it gets to see a request. */
function clientMetadata(application: Application): AdapterPayload | undefined {
  // Only web callbacks: oidc-provider refuses private-use schemes for web clients.
  const redirectUris = (application.callbacks ?? []).filter((uri) => /^https?:/.test(uri));
  if (redirectUris.length === 0) return undefined;
  return {
    client_id: application.client_id,
    redirect_uris: redirectUris,
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  };
}

/**
 * In-memory storage for oidc-provider that outlives one provider instance.
 * Clients come from the tenant's applications. A used refresh token looks unused as long as Auth0's rotation
 * leeway forgives it: within the application's `leeway`, and only the one immediately before the newest.
 */
export function createAdapters(state: TenantState): AdapterFactory {
  const tables = new Map<string, Map<string, Stored>>();
  const newestRotation = new Map<string, number>();

  const withinLeeway = ({ payload, consumedAt }: Stored): boolean => {
    const leeway = state.applications.get(payload.clientId ?? '')?.refresh_token.leeway ?? 0;
    const newest = newestRotation.get(payload.grantId ?? '') ?? 0;
    return (
      consumedAt !== undefined &&
      Date.now() - consumedAt <= leeway * 1000 &&
      (payload.rotations ?? 0) >= newest - 1
    );
  };

  return (model): Adapter => {
    const table = tables.get(model) ?? new Map<string, Stored>();
    tables.set(model, table);

    return {
      async upsert(id, payload, expiresIn) {
        const expiresAt = expiresIn === undefined ? Number.POSITIVE_INFINITY : Date.now() + expiresIn * 1000;
        table.set(id, { payload, expiresAt });
        if (model === 'RefreshToken' && payload.grantId !== undefined) {
          const newest = newestRotation.get(payload.grantId) ?? 0;
          newestRotation.set(payload.grantId, Math.max(newest, payload.rotations ?? 0));
        }
      },
      async find(id) {
        if (model === 'Client') {
          const application = state.applications.get(id);
          return application === undefined ? undefined : clientMetadata(application);
        }
        const stored = table.get(id);
        if (stored === undefined || stored.expiresAt <= Date.now()) return undefined;
        const { consumed, ...payload } = stored.payload;
        if (consumed === undefined || (model === 'RefreshToken' && withinLeeway(stored))) return payload;
        return stored.payload;
      },
      async findByUid(uid) {
        const now = Date.now();
        return [...table.values()].find(({ payload, expiresAt }) => payload.uid === uid && expiresAt > now)
          ?.payload;
      },
      async findByUserCode() {
        return undefined;
      },
      async consume(id) {
        const stored = table.get(id);
        if (stored === undefined) return;
        stored.payload.consumed = Math.floor(Date.now() / 1000);
        stored.consumedAt ??= Date.now();
      },
      async destroy(id) {
        table.delete(id);
        if (model === 'Grant') state.granted.delete(id);
      },
      async revokeByGrantId(grantId) {
        for (const [id, { payload }] of table) if (payload.grantId === grantId) table.delete(id);
      },
    };
  };
}
