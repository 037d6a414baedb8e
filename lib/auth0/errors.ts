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

type Refusal = { code: OAuthErrorCode; description: string; retryAfterSeconds?: number };

const misconfigured: Refusal = {
  code: 'server_error',
  description: 'This server is not set up correctly at its identity provider. Its log says what to fix.',
};

/**
 * What clients are told. RFC 7591 has no codes for a server's own trouble, so RFC 6749's are used:
 * `temporarily_unavailable` if waiting helps, `server_error` if only the server's owner can help.
 */
const refusals: Record<TenantErrorKind, Refusal> = {
  unauthorized: misconfigured,
  'forbidden-scope': misconfigured,
  invalid: misconfigured,
  'not-found': misconfigured,
  quota: {
    code: 'temporarily_unavailable',
    description:
      'The identity provider accepts no more clients. Try again later, or ask the owner of this server to remove unused ones.',
    retryAfterSeconds: 3600,
  },
  'rate-limited': {
    code: 'temporarily_unavailable',
    description: 'The identity provider is receiving too many requests. Try again in a moment.',
    retryAfterSeconds: 2,
  },
  unavailable: {
    code: 'temporarily_unavailable',
    description: 'The identity provider does not answer. Try again in a moment.',
    retryAfterSeconds: 5,
  },
};

/**
 * The tenant did not do what we asked. It is the refusal that our own client gets, always with status 503 because the
 * client's request is not at fault; what happened is in `detail` and `cause`, for the log.
 */
export class TenantError extends OAuthError {
  override readonly name = 'TenantError';
  readonly kind: TenantErrorKind;

  /** @param detail which call failed and how; holds nothing of the tenant's answer. */
  constructor(
    kind: TenantErrorKind,
    detail: string,
    options: { cause?: unknown; retryAfterSeconds?: number | undefined } = {},
  ) {
    const { code, description, retryAfterSeconds } = refusals[kind];
    super(code, description, {
      status: 503,
      retryAfterSeconds: options.retryAfterSeconds ?? retryAfterSeconds,
      cause: new Error(detail, { cause: options.cause }),
    });
    this.kind = kind;
  }
}
