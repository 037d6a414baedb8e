import type { TenantState } from '../model/state.ts';
import { tenantNowMs } from '../model/state.ts';

/** A provider as the tenant reaches it: what a connection's settings name at Auth0. */
export type VaultProvider = {
  authorizationUrl: string;
  tokenUrl: string;
  client: { id: string; secret: string };
};

/** The provider's tokens of an account. */
export type ProviderTokens = {
  accessToken: string;
  expiresAtMs: number;
  refreshToken: string | undefined;
  scopes: string[];
};

/** An account of another company that a user has connected. */
export type ConnectedAccount = {
  id: string;
  userId: string;
  connection: string;
  createdAt: string;
  tokens: ProviderTokens;
};

/** A user on their way to connect an account. */
export type ConnectRequest = {
  userId: string;
  clientId: string;
  connection: string;
  scopes: string[];
  authSession: string;
  redirectUri: string;
  state: string | undefined;
  codeChallenge: string | undefined;
  expiresAtMs: number;
  /** The cookie of the browser that opened the connect page. */
  browser?: string;
  /** Given to the browser once the provider has answered. */
  connectCode?: string;
  tokens?: ProviderTokens;
};

/** Token Vault: the connected accounts, and the requests to connect one by ticket. */
export type Vault = {
  /** By connection. */
  providers: Map<string, VaultProvider>;
  accounts: ConnectedAccount[];
  requests: Map<string, ConnectRequest>;
};

export function newVault(providers: Record<string, VaultProvider> = {}): Vault {
  return { providers: new Map(Object.entries(providers)), accounts: [], requests: new Map() };
}

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
