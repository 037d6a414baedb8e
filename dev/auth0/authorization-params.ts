/** An OAuth error for the client. */
export type Refusal = { error: string; description: string };

/** The parameters of an authorization request, without repetition. */
export type AuthorizationParams = Record<string, string | undefined>;
