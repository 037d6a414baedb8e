/** An OAuth error that goes back to the client. */
export type Refusal = { error: string; description: string };

/** Parameters of an authorization request; none is repeated. */
export type AuthorizationParams = Record<string, string | undefined>;
