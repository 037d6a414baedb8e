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
