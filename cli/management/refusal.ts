import { z } from 'zod';
import type { TenantAnswer } from '../../lib/auth0/request.ts';
import { CommandFailure, tokenSource } from '../failure.ts';
import type { AnyCall, ManagementCall } from './management-call.ts';

const errorBody = z.object({ message: z.string().optional(), errorCode: z.string().optional() });

const entities: Record<string, string> = {
  clients: 'applications',
  'client-grants': 'application permissions (client grants)',
  'resource-servers': 'APIs (resource servers)',
  connections: 'connections',
  tenants: 'tenant settings',
  roles: 'roles',
  users: 'users',
  'users-by-email': 'users',
  grants: 'grants of users',
  'device-credentials': 'refresh tokens',
};
const verbs = { GET: 'show', POST: 'create', PATCH: 'change', DELETE: 'delete' };

/** The failure for an error response of the Management API. */
export function managementRefusal(request: AnyCall, { status, body }: TenantAnswer): CommandFailure {
  const { message = '', errorCode } = errorBody.safeParse(body).data ?? {};
  const entity = entityOf(request);
  if (status === 401) return /expired/i.test(message) ? expiredToken() : unacceptedToken();
  if (errorCode === 'insufficient_scope')
    // “expected any of: a,b”, “expected all of: a, b.” or “expected: a.”, depending on the endpoint.
    return missingScopes(
      /expected(?: a(?:ny|ll) of)?: (.+?)\.?$/.exec(message)?.[1]?.split(/,\s*/) ?? [entity],
    );
  if (errorCode === 'too_many_entities')
    return new CommandFailure(
      `The tenant has as many ${entity} as its plan allows.`,
      'Delete unused ones, move to a larger plan, or choose an existing application with --application.',
    );
  if (status === 429)
    return new CommandFailure(
      'Auth0 keeps limiting requests to this tenant.',
      'Wait a minute and run the command again. It continues where it stopped.',
    );
  return new CommandFailure(
    `Auth0 refused to ${verbs[request.method]} ${entity} (${status}): ${message.slice(0, 300) || 'no reason given'}`,
    'Check this in the Auth0 dashboard, then run the command again.',
  );
}

/** The failure for a response that does not look like the Management API's. */
export function unknownAnswer(request: ManagementCall, cause: unknown): CommandFailure {
  return new CommandFailure(
    `The tenant’s response about ${entityOf(request)} has an unknown format.`,
    'Check that the domain is an Auth0 tenant.',
    { cause },
  );
}

/** The failure for a token without the scopes that the command needs. */
export function missingScopes(scopes: string[]): CommandFailure {
  return new CommandFailure(
    `The Management API token lacks ${scopes.join(', ')}.`,
    `Use a token with these scopes. ${tokenSource} That token has them all. The server’s own application intentionally has fewer.`,
  );
}

/** The failure for an expired token. Tokens are valid for a day. */
export function expiredToken(): CommandFailure {
  return new CommandFailure('The Management API token has expired.', `Get a new one. ${tokenSource}`);
}

function unacceptedToken(): CommandFailure {
  return new CommandFailure(
    'The tenant does not accept the Management API token.',
    `${tokenSource} Copy all of it.`,
  );
}

function entityOf({ path }: Pick<ManagementCall, 'path'>): string {
  return entities[path.split('/')[1] ?? ''] ?? path;
}
