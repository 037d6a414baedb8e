import { waitUntil } from '@vercel/functions';
import type { SignInConfig } from '../../../config.ts';
import type { SignInContext } from '../../../http/endpoint.ts';
import { OAuthError } from '../../../http/errors.ts';
import { errorFields, log } from '../../../log.ts';
import { callbackUrl } from '../../../origin.ts';
import { ensureApplication, type Making } from './create.ts';
import { findRecord, findRecordByHash, searchRecordByHash } from './lookup.ts';
import { type ClientRecord, type FoundClient, type Registration, registrationHash } from './record.ts';
import { makeReady, noteUse, update } from './update.ts';

/**
 * The Auth0 application through which the client signs users in, ready for this origin's callback. Makes it on the first
 * use of a document client, so call it only once a user has approved.
 *
 * @param beforeCreate called before an application is made: throws if the caller may not.
 * @throws TenantError
 * @throws OAuthError `invalid_client` if the client has just been removed.
 */
export async function applicationFor(
  { config, origin }: SignInContext,
  client: FoundClient,
  beforeCreate: Making['beforeCreate'],
): Promise<string> {
  const making = { callbacks: callbacksFor(config, origin), beforeCreate };
  const record = client.record ?? (await documentApplication(config, client, making));
  const ready = await makeReady(config, record, callbackUrl(origin));
  if (!ready) throw new OAuthError('invalid_client', 'This client is no longer known here. Connect again.');
  return ready.application;
}

/** Notes in the background, about once a week, that a client is in use: it has just got tokens. */
export function noteClientUse(config: SignInConfig, client: FoundClient): void {
  waitUntil(
    recordOfClient(config, client)
      .then((record) => record && noteUse(config, record))
      .catch((error) => log('warn', 'use of a client not noted', errorFields(error))),
  );
}

/** Makes the refresh tokens of an application stay, if an earlier version of this server made it. Throws TenantError. */
export async function stopRotation(config: SignInConfig, client: FoundClient): Promise<void> {
  const record = await recordOfClient(config, client);
  if (record?.rotates) await update(config, record, {});
}

/** The callbacks that a new application gets: where it is being made, and at the canonical origin. */
export function callbacksFor(config: SignInConfig, origin: string): string[] {
  return [...new Set([callbackUrl(config.serverUrl), callbackUrl(origin)])];
}

async function recordOfClient(config: SignInConfig, client: FoundClient): Promise<ClientRecord | undefined> {
  if (client.source === 'registration') return client.record ?? findRecord(config, client.id);
  return searchRecordByHash(config, registrationHash(registrationOf(client)));
}

async function documentApplication(
  config: SignInConfig,
  client: FoundClient,
  making: Making,
): Promise<ClientRecord> {
  const registration = registrationOf(client);
  const known = await findRecordByHash(config, registrationHash(registration));
  return known && known !== 'unknown' ? known : ensureApplication(config, registration, making);
}

/** A document may take up refresh tokens later, but its application stays as it was made: which are given, the scopes decide. */
function registrationOf({ id, name, redirectUris, authMethod }: FoundClient): Registration {
  return { name, redirectUris, authMethod, usesRefreshToken: true, document: id };
}
