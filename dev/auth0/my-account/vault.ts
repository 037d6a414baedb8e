import { type TenantState, tenantNowMs } from '../model/state.ts';
import type { ConnectedAccount, ProviderTokens, VaultProvider } from '../model/vault.ts';

/** The user's accounts at a connection, the one that was connected last first. */
export function accountsOf({ vault }: TenantState, userId: string, connection?: string): ConnectedAccount[] {
  return vault.accounts
    .filter((each) => each.userId === userId && (connection === undefined || each.connection === connection))
    .reverse();
}

/** Asks the provider for tokens. Undefined if it refuses or does not answer. */
export async function askProvider(
  state: TenantState,
  { tokenUrl, client }: VaultProvider,
  form: Record<string, string>,
): Promise<ProviderTokens | undefined> {
  try {
    const response = await fetch(tokenUrl, {
      method: 'POST',
      body: new URLSearchParams({ client_id: client.id, client_secret: client.secret, ...form }),
    });
    if (!response.ok) return undefined;
    const body = (await response.json()) as {
      access_token: string;
      expires_in: number;
      refresh_token?: string;
      scope: string;
    };
    return {
      accessToken: body.access_token,
      expiresAtMs: tenantNowMs(state) + body.expires_in * 1000,
      refreshToken: body.refresh_token,
      scopes: body.scope.split(' ').filter(Boolean),
    };
  } catch {
    return undefined;
  }
}
