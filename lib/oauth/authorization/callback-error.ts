import { OAuthError, type OAuthErrorCode } from '../../http/errors.ts';
import { log } from '../../log.ts';

/** Codes that mean the same to our client as to us; a request that the tenant finds wrong was ours, not the client's. */
const passedOn: ReadonlySet<string> = new Set([
  'access_denied',
  'login_required',
  'consent_required',
  'interaction_required',
  'temporarily_unavailable',
] satisfies OAuthErrorCode[]);

/** Where a tenant is set up wrong: its words, and what its owner must do. */
const misconfigurations: [words: RegExp, fix: string][] = [
  [
    /service not found/i,
    'Make an API with the identifier in OAUTH_AUDIENCE (else SERVER_URL) in the Auth0 dashboard, or run setup.',
  ],
  [
    /no connections enabled/i,
    'None of the connections in AUTH0_CONNECTIONS is enabled for the application: check their names.',
  ],
  [
    /is not a domain connection/i,
    'The application is a third-party one, not made by this server: remove it, or promote the connection to domain level.',
  ],
  [
    /is not authorized to access resource server/i,
    'The API admits no users: set its user access policy to allow all, or run setup.',
  ],
  [
    /parameter organization is (?:not allowed|required) for this client/i,
    'The organization_usage of the application does not agree with ORGANIZATIONS. It is set at the next sign-in; npm run doctor shows it.',
  ],
];

/** Refusals by the tenant that name a user id or say nothing to a user, and what to say instead. */
const refusals: [words: RegExp, description: string][] = [
  [
    /is not part of the \S+ organization/i,
    'You are not a member of this organization. Ask its administrator to invite you.',
  ],
  [
    /user does not belong to any organization/i,
    'You are not a member of any organization. Ask an administrator to invite you.',
  ],
];

/**
 * An error of the tenant as one for the client. What only the server's owner can fix becomes `server_error`,
 * with the fix in the log; a denial keeps its words, which the tenant's rules write for the user.
 */
export function callbackError(error: string, description: string): OAuthError {
  const misconfiguration = misconfigurations.find(([words]) => words.test(description));
  if (misconfiguration) {
    const [, fix] = misconfiguration;
    log('error', 'the tenant is not set up for this server', { error: printable(error), fix });
    return new OAuthError(
      'server_error',
      'Sign-in is not set up correctly on this server. Its owner finds the fix in the log.',
    );
  }
  // Auth0's own code for a rule or an action that turns a user away.
  const code = error === 'unauthorized' ? 'access_denied' : error;
  const words = refusals.find(([said]) => said.test(description))?.[1] ?? printable(description);
  if (isPassedOn(code)) return new OAuthError(code, words || 'The sign-in was refused.');
  log('warn', 'sign-in failed at the tenant', { error: printable(error), description: words });
  return new OAuthError('server_error', 'The sign-in failed at the identity provider.');
}

function isPassedOn(code: string): code is OAuthErrorCode {
  return passedOn.has(code);
}

/** RFC 6749 section 4.1.2.1 allows ASCII without quotes and backslashes in a description. */
function printable(text: string): string {
  return text
    .replace(/["\\]/g, "'")
    .replace(/[^ -~]/g, ' ')
    .slice(0, 200)
    .trim();
}
