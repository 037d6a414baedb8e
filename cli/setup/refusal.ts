import { z } from 'zod';
import type { TenantAnswer } from '../../lib/auth0/request.ts';
import { SetupFailure, tokenSource } from './failure.ts';
import type { ManagementCall } from './management.ts';

const errorBody = z.object({ message: z.string().optional(), errorCode: z.string().optional() });

const entities: Record<string, string> = {
  clients: 'applications',
  'client-grants': 'application permissions (client grants)',
  'resource-servers': 'APIs (resource servers)',
  connections: 'connections',
  tenants: 'tenant settings',
};
const verbs = { GET: 'show', POST: 'make', PATCH: 'change' };

/** Every answer of the Management API that is not success, as a sentence with its fix. */
export function managementRefusal(request: ManagementCall, { status, body }: TenantAnswer): SetupFailure {
  const { message = '', errorCode } = errorBody.safeParse(body).data ?? {};
  const entity = entityOf(request);
  if (status === 401) return /expired/i.test(message) ? expiredToken() : strangeToken();
  if (errorCode === 'insufficient_scope')
    return missingScopes(/expected any of: (.+)/.exec(message)?.[1]?.split(/,\s*/) ?? [entity]);
  if (errorCode === 'too_many_entities')
    return new SetupFailure(
      `The tenant holds as many ${entity} as its plan allows.`,
      'Remove ones that are no longer used, raise the plan, or name an existing application with --application.',
    );
  if (status === 429)
    return new SetupFailure(
      'Auth0 keeps limiting requests to this tenant.',
      'Wait a minute and run setup again: it continues where it stopped.',
    );
  return new SetupFailure(
    `Auth0 refused to ${verbs[request.method]} ${entity} (${status}): ${message.slice(0, 300) || 'no reason given'}`,
    'Check what it names in the Auth0 dashboard, then run setup again.',
  );
}

/** The failure for an answer in a form that is not the Management API's. */
export function unknownAnswer(request: ManagementCall, cause: unknown): SetupFailure {
  return new SetupFailure(
    `The tenant answered ${entityOf(request)} in a form this version does not know.`,
    'Check that the domain is an Auth0 tenant.',
    { cause },
  );
}

/** The failure for a token that may not do what the plan needs. */
export function missingScopes(scopes: string[]): SetupFailure {
  return new SetupFailure(
    `The Management token may not do what is needed. It lacks ${scopes.join(', ')}.`,
    `Use a token with these scopes. ${tokenSource} That one has them all; the server’s own application has fewer on purpose.`,
  );
}

/** The failure for a token whose time is over; they live a day. */
export function expiredToken(): SetupFailure {
  return new SetupFailure('The Management token has expired.', `Get a new one. ${tokenSource}`);
}

function strangeToken(): SetupFailure {
  return new SetupFailure(
    'The tenant does not accept the Management token.',
    `${tokenSource} Copy all of it.`,
  );
}

function entityOf({ path }: ManagementCall): string {
  return entities[path.split('/')[1] ?? ''] ?? path;
}
