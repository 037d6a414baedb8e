import { tenantRefusal } from '../../../auth0/errors.ts';
import type { Config } from '../../../config.ts';
import type { Context } from '../../../http/endpoint.ts';
import { OAuthError } from '../../../http/errors.ts';
import { callbackUrl } from '../../../origin.ts';
import type { Client } from '../client.ts';
import { ensureApplication, type Making } from './create.ts';
import { findRecord, findRecordByHash, searchRecordByHash } from './lookup.ts';
import { type ClientRecord, type Registration, registrationHash } from './record.ts';
import { makeReady, noteUse } from './update.ts';

/**
 * The Auth0 application through which the client signs users in, ready for this origin's callback. Makes it for
 * a document client on its first use, so call it only once a user has approved.
 *
 * @param admit called before an application is made: throws when the caller may not.
 * @throws OAuthError `temporarily_unavailable` and `server_error` by the tenant's fault, `invalid_client`
 * when the client has just been removed.
 */
export async function applicationFor(
  context: Context,
  client: Client,
  admit: Making['admit'],
): Promise<string> {
  const { config, origin } = context;
  const ready = await askTenantFor(async () => {
    const record =
      client.source === 'registration'
        ? await findRecord(config, client.id)
        : await documentApplication(context, client, admit);
    return record && makeReady(config, record, callbackUrl(origin));
  });
  if (!ready)
    throw new OAuthError('invalid_client', 'This client is not known here any more. Connect again.');
  return ready.application;
}

/**
 * The client's Auth0 application without making one, for tokens: those of a client that never had an
 * application cannot be ours. Notes in the background, about once a week, that the client is in use.
 *
 * @throws OAuthError `temporarily_unavailable` when the tenant cannot be asked.
 */
export async function knownApplication(context: Context, client: Client): Promise<string | undefined> {
  const { config } = context;
  const record = await askTenantFor(() =>
    client.source === 'registration'
      ? findRecord(config, client.id)
      : searchRecordByHash(config, registrationHash(registrationOf(client))),
  );
  if (record) noteUse(config, record);
  return record?.application;
}

/** The callbacks that a new application gets: where it is being made, and at the canonical origin. */
export function callbacksFor(config: Config, origin: string): string[] {
  return [...new Set([callbackUrl(config.serverUrl), callbackUrl(origin)])];
}

async function documentApplication(
  context: Context,
  client: Client,
  admit: Making['admit'],
): Promise<ClientRecord> {
  const { config, origin } = context;
  const registration = registrationOf(client);
  const known = await findRecordByHash(config, registrationHash(registration));
  if (known && known !== 'unknown') return known;
  return ensureApplication(config, registration, { callbacks: callbacksFor(config, origin), admit });
}

function registrationOf({
  id,
  source,
  name,
  redirectUris,
  authMethod,
  usesRefreshToken,
}: Client): Registration {
  const registration = { name, redirectUris, authMethod };
  if (source === 'registration') return { ...registration, usesRefreshToken };
  // A document may take up refresh tokens later, its application stays as it was made: which are given, the scopes decide.
  return { ...registration, usesRefreshToken: true, document: id };
}

async function askTenantFor<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw tenantRefusal(error);
  }
}
