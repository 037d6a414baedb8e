import { OAuthError, type OAuthErrorCode } from '../http/errors.ts';

/** What kind of no the tenant said, or that it said nothing. */
export type TenantErrorKind =
  | 'unauthorized'
  | 'forbidden-scope'
  | 'quota'
  | 'rate-limited'
  | 'not-found'
  | 'invalid'
  | 'unavailable';

/** The tenant did not do what we asked. The message is for the log alone and holds none of its body. */
export class TenantError extends Error {
  override readonly name = 'TenantError';
  readonly kind: TenantErrorKind;
  /** Seconds until a retry is worth it, where the tenant said so. */
  readonly retryAfter: number | undefined;

  constructor(
    kind: TenantErrorKind,
    message: string,
    options: { cause?: unknown; retryAfter?: number | undefined } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.retryAfter = options.retryAfter;
  }
}

type Refusal = { code: OAuthErrorCode; words: string; retryAfter?: number };

const misconfigured =
  'This server is not set up correctly at its identity provider. Its owner finds the reason in the log.';

/**
 * What clients are told. RFC 7591 has no codes for a server's own trouble, so RFC 6749's are used:
 * `temporarily_unavailable` where waiting helps, be it until the prune job has made room in the quota;
 * `server_error` where only the owner can help. Both with status 503, as the fault is not this request's.
 */
const refusals: Record<TenantErrorKind, Refusal> = {
  unauthorized: { code: 'server_error', words: misconfigured },
  'forbidden-scope': { code: 'server_error', words: misconfigured },
  invalid: { code: 'server_error', words: misconfigured },
  'not-found': { code: 'server_error', words: misconfigured },
  quota: {
    code: 'temporarily_unavailable',
    words:
      'The identity provider takes no more clients at present. Try again later, or ask its owner to remove unused ones.',
    retryAfter: 3600,
  },
  'rate-limited': {
    code: 'temporarily_unavailable',
    words: 'The identity provider is receiving too many requests. Try again in a moment.',
    retryAfter: 2,
  },
  unavailable: {
    code: 'temporarily_unavailable',
    words: 'The identity provider does not answer. Try again in a moment.',
    retryAfter: 5,
  },
};

/** A failure as the OAuth error that clients get; what is not the tenant's failure passes through. */
export function tenantRefusal(error: unknown): unknown {
  if (!(error instanceof TenantError)) return error;
  const { code, words, retryAfter } = refusals[error.kind];
  const options = { status: 503, cause: error };
  const wait = error.retryAfter ?? retryAfter;
  return new OAuthError(code, words, wait === undefined ? options : { ...options, retryAfter: wait });
}
