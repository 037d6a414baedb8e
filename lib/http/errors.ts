import { annotate, errorFields, log } from '../log.ts';

/** OAuth error codes this server answers with: RFC 6749, 6750, 7009, 7591, 8707, and two of our own transport. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'access_denied'
  | 'server_error'
  | 'temporarily_unavailable'
  | 'invalid_target'
  | 'invalid_redirect_uri'
  | 'invalid_client_metadata'
  | 'unsupported_token_type'
  | 'login_required'
  | 'consent_required'
  | 'interaction_required'
  | 'invalid_token'
  | 'insufficient_scope';

const statuses: Partial<Record<OAuthErrorCode, number>> = {
  invalid_client: 401,
  invalid_token: 401,
  insufficient_scope: 403,
  server_error: 500,
  temporarily_unavailable: 503,
};

export type OAuthErrorOptions = {
  /** HTTP status, where it differs from the code's usual one. */
  status?: number;
  headers?: Record<string, string>;
  /** Seconds until a retry is worth it. */
  retryAfterSeconds?: number;
  /** What went wrong inside: goes to the log, never to the wire. */
  cause?: unknown;
};

/**
 * A refusal in OAuth's terms. `description` is public: ASCII without quotes or backslashes (RFC 6749 section
 * 5.2), no secrets, no input echoed that is not already the caller's own.
 */
export class OAuthError extends Error {
  override readonly name: string = 'OAuthError';
  readonly code: OAuthErrorCode;
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: OAuthErrorCode, description: string, options: OAuthErrorOptions = {}) {
    super(description, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? statuses[code] ?? 400;
    this.headers = options.headers ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** The headers that belong to the refusal in whatever form it is answered, `Retry-After` among them. */
  responseHeaders(): Record<string, string> {
    if (this.retryAfterSeconds === undefined) return this.headers;
    return { ...this.headers, 'retry-after': String(Math.ceil(this.retryAfterSeconds)) };
  }

  /** The error as OAuth JSON; never cached. */
  toResponse(): Response {
    return Response.json(
      { error: this.code, error_description: this.message },
      { status: this.status, headers: { 'cache-control': 'no-store', ...this.responseHeaders() } },
    );
  }
}

/**
 * Any error as the refusal that the caller gets; the one place where a thrown error turns into an answer. The cause goes
 * to the log under the request id, and so does an unexpected error, of which the caller learns only that id.
 */
export function refusalOf(error: unknown, requestId: string): OAuthError {
  let refusal: OAuthError;
  if (error instanceof OAuthError) {
    refusal = error;
    if (error.cause) log('warn', 'refused', errorFields(error.cause));
  } else {
    log('error', 'unexpected error', errorFields(error));
    refusal = new OAuthError('server_error', `Something failed on this server. Request id: ${requestId}`);
  }
  annotate({ outcome: refusal.code, reason: refusal.message });
  return refusal;
}
