/** A response of the token or revocation endpoint. */
export type TokenReply = { status: number; body: Record<string, unknown> };

/** An OAuth error with the status that Auth0 uses for it. */
export function oauthError(status: number, error: string, description: string): TokenReply {
  return { status, body: { error, error_description: description } };
}
