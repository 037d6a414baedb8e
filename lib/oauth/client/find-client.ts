import type { SignInContext } from '../../http/endpoint.ts';
import { findRecord } from './application/lookup.ts';
import { clientOf, type FoundClient } from './application/record.ts';
import { findDocumentClient } from './document/document.ts';
import { isDocumentUrl } from './document/rules.ts';
import { isSelfContainedId, readSelfContainedId, shortIdOf } from './self-contained-id.ts';

/**
 * The client with this id: a registered one, one whose id carries its registration, or the one whose metadata document has
 * this https URL. Undefined if there is no such client. Reads the cached copy first; calls the tenant or the document's site only if there is none.
 *
 * @param beforeAsking called before the tenant or a document's site is asked: throws if the caller may not.
 * @throws TenantError if the tenant cannot be asked.
 * @throws OAuthError `temporarily_unavailable` if the document cannot be fetched, `invalid_client` with the reason if
 * the document is not acceptable.
 */
export async function findClient(
  { config }: SignInContext,
  clientId: string,
  beforeAsking?: (what: 'lookup' | 'document') => Promise<void>,
): Promise<FoundClient | undefined> {
  if (isDocumentUrl(clientId)) {
    const client = await findDocumentClient(config, clientId, () => beforeAsking?.('document'));
    return { ...client, record: undefined };
  }
  if (isSelfContainedId(clientId)) {
    const registration = readSelfContainedId(config, clientId);
    if (!registration) return undefined;
    const shortId = shortIdOf(clientId);
    return { ...registration, id: clientId, shortId, source: 'registration', record: undefined };
  }
  // Auth0's ids are 32 alphanumerics: anything else is not worth asking the tenant for.
  if (!/^[A-Za-z0-9]{32}$/.test(clientId)) return undefined;
  const record = await findRecord(config, clientId, () => beforeAsking?.('lookup'));
  return record && clientOf(record);
}
