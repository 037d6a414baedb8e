import { BoundedMap } from '../../../bounded-map.ts';
import type { SignInConfig } from '../../../config.ts';
import { OAuthError } from '../../../http/errors.ts';
import { log } from '../../../log.ts';
import { z } from '../../../schema.ts';
import { SingleFlight } from '../../../single-flight.ts';
import { documentKey } from '../../../store/keys.ts';
import { readRecord, signedRecord } from '../../../store/record.ts';
import { readInBatch, withStore } from '../../../store/redis.ts';
import type { Client } from '../client.ts';
import type { FetchFailure } from './fetch.ts';
import { documentClient, type KeptDocument, keptDocument, parseDocumentUrl, readDocument } from './rules.ts';
import { wellKnownClients } from './well-known.ts';

/** Seconds for which a document is kept at most, fresh or not: an old one serves while its site is down. */
const keptForSeconds = 86_400;
/** Seconds for which an old or built-in document is used before its site is tried again. */
const secondBestLifetimeSeconds = 300;

const copy = z.object({ document: keptDocument, freshUntilMs: z.number(), fetchedAtMs: z.number() });
type Copy = z.infer<typeof copy>;

const memory = new BoundedMap<string, Copy>(200);
const flights = new SingleFlight<KeptDocument>();

/**
 * The client whose metadata document has this URL (OAuth Client ID Metadata Document). Fetched at most as often
 * as its HTTP headers ask; failures and invalid documents are never kept (draft section 5.2).
 *
 * @param beforeFetch called before a document without a copy, ours or the store's, is fetched: throws when the caller may not.
 * @throws OAuthError `invalid_client` with the reason; `temporarily_unavailable` when its site does not answer.
 */
export async function findDocumentClient(
  config: SignInConfig,
  clientId: string,
  beforeFetch?: () => Promise<void> | undefined,
): Promise<Client> {
  const url = parseDocumentUrl(clientId);
  if (!url)
    throw refused('must be a plain https URL with a path, without fragment, user name or dot segments');
  const known = await readCopy(config, clientId);
  if (!known && !wellKnownClients.has(clientId)) await beforeFetch?.();
  const document =
    known && known.freshUntilMs > Date.now()
      ? known.document
      : await flights.run(url.href, () => fetchAndKeep(config, url, known));
  const client = documentClient(url, document, config);
  if (!client) throw refused('names no redirect URI that is allowed here');
  return client;
}

async function fetchAndKeep(config: SignInConfig, url: URL, old: Copy | undefined): Promise<KeptDocument> {
  // Loaded on first use: most documents are known.
  const { fetchDocument } = await import('./fetch.ts');
  const fetched = await fetchDocument(url, { local: config.oauth.localDocuments });
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
    await keep(config, url.href, { ...secondBest, freshUntilMs: now + secondBestLifetimeSeconds * 1000 });
    return secondBest.document;
  }
  const read = readDocument(url.href, fetched.json);
  if ('failure' in read) throw refused(`is refused: ${read.failure}`);
  const document = read.value;
  await keep(config, url.href, {
    document,
    freshUntilMs: now + fetched.lifetimeSeconds * 1000,
    fetchedAtMs: now,
  });
  return document;
}

function builtIn(url: URL, fetchedAtMs: number): Copy | undefined {
  const document = wellKnownClients.get(url.href);
  return document && { document, freshUntilMs: fetchedAtMs, fetchedAtMs };
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
    retryAfterSeconds: 10,
  });
}

function refused(why: string): OAuthError {
  return new OAuthError('invalid_client', `The client metadata document ${why}.`);
}

async function readCopy(config: SignInConfig, url: string): Promise<Copy | undefined> {
  const held = memory.get(url);
  if (held && held.freshUntilMs > Date.now()) return held;
  const key = documentKey(url);
  const [stored] = await readInBatch(config, key).catch(() => [null]);
  const known = readRecord(config, key, copy, stored) ?? held;
  return known && Date.now() - known.fetchedAtMs < keptForSeconds * 1000 ? known : undefined;
}

async function keep(config: SignInConfig, url: string, kept: Copy): Promise<void> {
  memory.set(url, kept);
  const key = documentKey(url);
  const record = signedRecord(config, key, kept);
  await withStore(config, (redis) => redis.set(key, record, { ex: keptForSeconds }), { retry: true }).catch(
    () => log('warn', 'client document not kept in the store'),
  );
}
