import { z } from 'zod';
import type { Management } from '../management/management.ts';
import type { Application } from './application.ts';
import { displayName } from './display-name.ts';
import type { Change, Finding } from './plan.ts';

/** The custom API client of an API: the application as which the server exchanges its users' tokens. */
export function apiClientOf(applications: Application[], identifier: string): Application | undefined {
  return applications.find(
    (each) => each.app_type === 'resource_server' && each.resource_server_identifier === identifier,
  );
}

/** What a plan says of a client that is yet to be made. */
export const apiClientMissing: Change = {
  property: 'app_type',
  to: 'resource_server',
  why: 'Only an application that stands for this API may exchange its tokens.',
};

/** The finding for a client whose secret is neither known here nor can be read. */
export function secretUnknown({ client_id }: Application): Finding {
  return {
    level: 'problem',
    message: `The secret of the application ${client_id} is not known here.`,
    fix: 'Copy it from the application’s settings into AUTH0_API_CLIENT_SECRET, or use a token with read:client_keys.',
  };
}

/**
 * Makes the client.
 *
 * @param exchanges the properties that turn on what it may exchange.
 */
export function createApiClient(
  management: Management,
  identifier: string,
  exchanges: Record<string, unknown>,
): Promise<{ client_id: string; client_secret: string }> {
  const json = {
    name: `${displayName(identifier)} (calls other APIs)`,
    app_type: 'resource_server',
    resource_server_identifier: identifier,
    token_endpoint_auth_method: 'client_secret_post',
    ...exchanges,
  };
  return management.call(
    { method: 'POST', path: '/clients', json },
    z.looseObject({ client_id: z.string(), client_secret: z.string().min(1) }),
  );
}
