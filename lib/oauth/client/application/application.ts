import { TenantError } from '../../../auth0/errors.ts';
import type { SignInConfig } from '../../../config.ts';
import type { SignInContext } from '../../../http/endpoint.ts';
import { OAuthError } from '../../../http/errors.ts';
import { annotate, errorFields, log } from '../../../log.ts';
import { callbackUrl, registeredCallback } from '../../../origin.ts';
import { limit } from '../../../store/rate-limit.ts';
import { wellKnownClients } from '../document/well-known.ts';
import { ensureApplication } from './create.ts';
import { findRecordByHash, searchRecordByHash } from './lookup.ts';
import { makingDeadline } from './making-deadline.ts';
import { NoRoom } from './quota.ts';
import { type ClientRecord, type FoundClient, type Registration, registrationHash } from './record.ts';
import { sharedApplication } from './shared.ts';
import { makeReady, noteUse, update } from './update.ts';

/**
 * The Auth0 application through which the client signs users in, ready for this origin's callback. Call it only once a
 * user has approved: it makes the application of a client that has none yet, and if there is no room for that, the client
 * uses the shared one.
 *
 * @throws TenantError
 * @throws OAuthError `invalid_client` if the client has just been removed.
 */
export async function applicationFor(
  request: Request,
  context: SignInContext,
  client: FoundClient,
): Promise<string> {
  const { config, origin } = context;
  const record = client.record ?? (await applicationOfItsOwn(request, context, client));
  const ready = await makeReady(config, record, registeredCallback(origin, config));
  if (!ready) throw new OAuthError('invalid_client', 'This client is no longer known here. Connect again.');
  return ready.application;
}

async function applicationOfItsOwn(
  request: Request,
  context: SignInContext,
  client: FoundClient,
): Promise<ClientRecord> {
  const { config, origin } = context;
  const registration = registrationOf(client);
  const making = { callbacks: callbacksFor(config, origin), deadline: makingDeadline() };
  const known = await findRecordByHash(config, registrationHash(registration));
  if (known && known !== 'unknown') return known;
  try {
    const isWellKnown = wellKnownClients.has(client.id);
    if (!isWellKnown) await limit(context, request, 'create');
    const claim = isWellKnown ? 'well-known' : 'approved';
    return await ensureApplication(config, registration, { ...making, claim });
  } catch (error) {
    if (!canGoOnWithout(error)) throw error;
    annotate({ application: 'shared' });
    return sharedApplication(config, making);
  }
}

/** Whether the only thing in the way is that many applications are being made. */
export function canGoOnWithout(error: unknown): boolean {
  if (error instanceof NoRoom) return true;
  if (error instanceof TenantError) return error.kind === 'rate-limited';
  return error instanceof OAuthError && error.status === 429;
}

/** Notes, about once a week, that a client is in use: it has just got tokens. Never rejects. */
export async function noteClientUse(config: SignInConfig, client: FoundClient): Promise<void> {
  try {
    const record = await recordOfClient(config, client);
    if (record) await noteUse(config, record);
  } catch (error) {
    log('warn', 'use of a client not noted', errorFields(error));
  }
}

/** Makes the refresh tokens of an application stay, if an earlier version of this server made it. Throws TenantError. */
export async function stopRotation(config: SignInConfig, client: FoundClient): Promise<void> {
  const record =
    client.record ?? (await searchRecordByHash(config, registrationHash(registrationOf(client))));
  if (record?.rotates) await update(config, record, {});
}

/** The callbacks that a new application gets: where it is being made, and at the canonical origin. */
export function callbacksFor(config: SignInConfig, origin: string): string[] {
  return [...new Set([callbackUrl(config.serverUrl), registeredCallback(origin, config)])];
}

/** The client's application as far as our copies tell. */
async function recordOfClient(config: SignInConfig, client: FoundClient): Promise<ClientRecord | undefined> {
  if (client.record) return client.record;
  const known = await findRecordByHash(config, registrationHash(registrationOf(client)));
  return known === 'unknown' ? undefined : known;
}

/** A document may take up refresh tokens later, but its application stays as it was made: which are given, the scopes decide. */
function registrationOf({
  id,
  source,
  name,
  redirectUris,
  authMethod,
  usesRefreshToken,
}: FoundClient): Registration {
  if (source === 'registration') return { name, redirectUris, authMethod, usesRefreshToken };
  return { name, redirectUris, authMethod, usesRefreshToken: true, document: id };
}
