/** An answer of the token or revocation endpoint. */
export type TokenReply = { status: number; body: Record<string, unknown> };

/** An OAuth error with Auth0's own choice of status. */
export function oauthError(status: number, error: string, description: string): TokenReply {
  return { status, body: { error, error_description: description } };
}
