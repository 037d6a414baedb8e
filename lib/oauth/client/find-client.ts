import { tenantRefusal } from '../../auth0/errors.ts';
import type { Context } from '../../http/endpoint.ts';
import { findRecord } from './application/lookup.ts';
import { clientOf } from './application/record.ts';
import type { Client } from './client.ts';
import { findDocumentClient } from './document/document.ts';
import { isDocumentUrl } from './document/rules.ts';

/**
 * The client by this id: a registered one, or the one whose metadata document has this https URL. Undefined
 * when there is none; asks nothing of the tenant that a copy in the store can answer.
 *
 * @param admit called before the tenant or a document's site is asked for a client of which there is no copy:
 * throws when the caller may not.
 * @throws OAuthError `temporarily_unavailable` when the tenant or the document cannot be asked,
 * `invalid_client` with the reason when the document is no good.
 */
export async function findClient(
  context: Context,
  clientId: string,
  admit?: (what: 'lookup' | 'document') => Promise<void>,
): Promise<Client | undefined> {
  if (isDocumentUrl(clientId)) return findDocumentClient(context.config, clientId, () => admit?.('document'));
  // Auth0's ids are 32 alphanumerics: anything else is not worth asking the tenant for.
  if (!/^[A-Za-z0-9]{32}$/.test(clientId)) return undefined;
  try {
    const record = await findRecord(context.config, clientId, () => admit?.('lookup'));
    return record && clientOf(record);
  } catch (error) {
    throw tenantRefusal(error);
  }
}
