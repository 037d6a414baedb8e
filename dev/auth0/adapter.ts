import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import type { Application } from './model/applications.ts';
import { type StoredRecord, shiftTimes } from './model/records.ts';
import { type TenantState, tenantNowMs } from './model/state.ts';
import { allowedCallbacks } from './organizations/authorize.ts';
import { storeRefreshToken } from './refresh-tokens.ts';

/** oidc-provider's view of an application. Authentication and callbacks are checked before it sees a request. */
function clientMetadata(state: TenantState, application: Application): AdapterPayload | undefined {
  const named = [undefined, ...state.organizations.map(({ id }) => id)];
  const callbacks = named.flatMap((organization) => allowedCallbacks(state, application, organization));
  // Only web callbacks: oidc-provider refuses private-use schemes for web clients.
  const redirectUris = [...new Set(callbacks)].filter((uri) => /^https?:/.test(uri) && !uri.includes('{'));
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
 * Storage for oidc-provider in the tenant's state, which outlives a provider instance. Clients are the tenant's
 * applications. Everything expires on the tenant's clock.
 */
export function createAdapters(state: TenantState): AdapterFactory {
  const newestRotation = new Map<string, number>();

  /**
   * Auth0 accepts a used refresh token again within the application's `leeway`, if it is the one immediately before
   * the newest. oidc-provider gets to see such a token as unused.
   */
  const withinLeeway = ({ payload, consumedAtMs }: StoredRecord): boolean => {
    const leewaySeconds = state.applications.get(payload.clientId ?? '')?.refresh_token.leeway ?? 0;
    const newest = newestRotation.get(payload.grantId ?? '') ?? 0;
    return (
      consumedAtMs !== undefined &&
      tenantNowMs(state) - consumedAtMs <= leewaySeconds * 1000 &&
      (payload.rotations ?? 0) >= newest - 1
    );
  };

  return (model): Adapter => {
    const table = model === 'RefreshToken' ? state.refreshTokens : tableOf(state, model);

    return {
      async upsert(id, payload, expiresIn) {
        const record = {
          payload: shiftTimes(payload, state.switches.clockSkewSeconds),
          expiresAtMs: expiresIn === undefined ? Infinity : tenantNowMs(state) + expiresIn * 1000,
        };
        if (model !== 'RefreshToken') return void tableOf(state, model).set(id, record);
        storeRefreshToken(state, id, record);
        const { grantId = '', rotations = 0 } = payload;
        newestRotation.set(grantId, Math.max(newestRotation.get(grantId) ?? 0, rotations));
      },
      async find(id) {
        if (model === 'Client') {
          const application = state.applications.get(id);
          return application === undefined ? undefined : clientMetadata(state, application);
        }
        const record = table.get(id);
        if (record === undefined || record.expiresAtMs <= tenantNowMs(state)) return undefined;
        const payload = shiftTimes(record.payload, -state.switches.clockSkewSeconds);
        if (model === 'RefreshToken' && withinLeeway(record)) delete payload.consumed;
        return payload;
      },
      async findByUid(uid) {
        for (const { payload, expiresAtMs } of table.values()) {
          if (payload.uid !== uid || expiresAtMs <= tenantNowMs(state)) continue;
          return shiftTimes(payload, -state.switches.clockSkewSeconds);
        }
        return undefined;
      },
      async findByUserCode() {
        return undefined;
      },
      async consume(id) {
        const record = table.get(id);
        if (record === undefined) return;
        record.payload.consumed = Math.floor(tenantNowMs(state) / 1000);
        record.consumedAtMs ??= tenantNowMs(state);
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

function tableOf(state: TenantState, model: string): Map<string, StoredRecord> {
  const table = state.records.get(model) ?? new Map<string, StoredRecord>();
  state.records.set(model, table);
  return table;
}
