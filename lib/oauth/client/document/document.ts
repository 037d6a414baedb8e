import { z } from 'zod';
import type { Config } from '../../../config.ts';
import { OAuthError } from '../../../http/errors.ts';
import { log } from '../../../log.ts';
import { documentKey } from '../../../store/keys.ts';
import { withStore } from '../../../store/redis.ts';
import { parseStored } from '../../../store/stored.ts';
import type { Client } from '../client.ts';
import { type FetchFailure, fetchDocument } from './fetch.ts';
import { documentClient, type KeptDocument, keptDocument, parseDocumentUrl, readDocument } from './rules.ts';
import { wellKnownClients } from './well-known.ts';

/** Seconds for which a document is kept at most, fresh or not: an old one serves while its site is down. */
const keptFor = 86_400;
/** Seconds for which an old or built-in document is used before its site is tried again. */
const secondBestLifetime = 300;
const memorySize = 200;

const copy = z.object({ document: keptDocument, freshUntil: z.number(), fetchedAt: z.number() });
type Copy = z.infer<typeof copy>;

const memory = new Map<string, Copy>();
const flights = new Map<string, Promise<KeptDocument>>();

/**
 * The client whose metadata document has this URL (OAuth Client ID Metadata Document). Fetched at most as often
 * as its HTTP headers ask; failures and invalid documents are never kept (draft section 5.2).
 *
 * @param admit called before a document without a copy, ours or the store's, is fetched: throws when the caller may not.
 * @throws OAuthError `invalid_client` with the reason; `temporarily_unavailable` when its site does not answer.
 */
export async function findDocumentClient(
  config: Config,
  clientId: string,
  admit?: () => Promise<void> | undefined,
): Promise<Client> {
  const url = parseDocumentUrl(clientId);
  if (!url)
    throw refused('must be a plain https URL with a path, without fragment, user name or dot segments');
  const known = await readCopy(config, clientId);
  if (!known && !wellKnownClients.has(clientId)) await admit?.();
  const document =
    known && known.freshUntil > Date.now() ? known.document : await refresh(config, url, known);
  const client = documentClient(url, document, config);
  if (!client) throw refused('names no redirect URI that is allowed here');
  return client;
}

/** Fetches a document once, however many ask for it at the moment. */
function refresh(config: Config, url: URL, old: Copy | undefined): Promise<KeptDocument> {
  let flight = flights.get(url.href);
  if (!flight) {
    flight = fetchAndKeep(config, url, old).finally(() => flights.delete(url.href));
    flights.set(url.href, flight);
  }
  return flight;
}

async function fetchAndKeep(config: Config, url: URL, old: Copy | undefined): Promise<KeptDocument> {
  const fetched = await fetchDocument(url, { local: config.oauth?.localDocuments ?? false });
  const now = Date.now();
  if ('failure' in fetched) {
    const { failure, detail } = fetched;
    log('warn', 'client document not fetched', {
      host: url.hostname,
      failure,
      detail: detail?.slice(0, 120),
    });
    const secondBest = failure === 'gone' ? undefined : (old ?? builtIn(url, now));
    if (!secondBest) throw unavailable(failure);
    await keep(config, url.href, { ...secondBest, freshUntil: now + secondBestLifetime * 1000 });
    return secondBest.document;
  }
  const read = readDocument(url.href, fetched.json);
  if ('refused' in read) throw refused(`is refused: ${read.refused}`);
  const { document } = read;
  await keep(config, url.href, { document, freshUntil: now + fetched.lifetime * 1000, fetchedAt: now });
  return document;
}

function builtIn(url: URL, fetchedAt: number): Copy | undefined {
  const document = wellKnownClients.get(url.href);
  return document && { document, freshUntil: fetchedAt, fetchedAt };
}

const failures: Record<Exclude<FetchFailure, 'unreachable'>, string> = {
  'address-not-public': 'is not at a public address',
  port: 'names a port other than 443',
  gone: 'does not exist any more',
  status: 'does not answer with status 200; redirects are not followed',
  'content-type': 'is not served as application/json',
  'too-large': 'is larger than 5 KB',
  'not-json': 'is not valid JSON',
};

function unavailable(failure: FetchFailure): OAuthError {
  if (failure !== 'unreachable') return refused(failures[failure]);
  return new OAuthError('temporarily_unavailable', 'The client metadata document cannot be fetched.', {
    retryAfter: 10,
  });
}

function refused(why: string): OAuthError {
  return new OAuthError('invalid_client', `The client metadata document ${why}.`);
}

async function readCopy(config: Config, url: string): Promise<Copy | undefined> {
  const held = memory.get(url);
  if (held && held.freshUntil > Date.now()) return held;
  const stored = await withStore(config, (redis) => redis.get<string>(documentKey(url)), {
    retry: true,
  }).catch(() => undefined);
  const known = parseStored(copy, stored) ?? held;
  return known && Date.now() - known.fetchedAt < keptFor * 1000 ? known : undefined;
}

async function keep(config: Config, url: string, kept: Copy): Promise<void> {
  memory.delete(url);
  const [oldest] = memory.keys();
  if (memory.size >= memorySize && oldest !== undefined) memory.delete(oldest);
  memory.set(url, kept);
  await withStore(config, (redis) => redis.set(documentKey(url), JSON.stringify(kept), { ex: keptFor }), {
    retry: true,
  }).catch(() => log('warn', 'client document not kept in the store'));
}
