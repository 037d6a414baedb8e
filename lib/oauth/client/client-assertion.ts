import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose';
import { BoundedMap } from '../../bounded-map.ts';
import type { SignInConfig } from '../../config.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { errorFields, log } from '../../log.ts';
import type { Result } from '../../result.ts';
import { z } from '../../schema.ts';
import { sha256 } from '../../sha256.ts';
import { SingleFlight } from '../../single-flight.ts';
import { usedAssertionKey } from '../../store/keys.ts';
import { withStore } from '../../store/redis.ts';
import { assertionAlgorithms, type Client } from './client.ts';
import { fetchDocument } from './document/fetch.ts';

/** RFC 7523 section 3: assertions are short-lived. */
const maxAgeSeconds = 600;
const clockToleranceSeconds = 10;
/** Milliseconds for which keys fetched from a `jwks_uri` are used, and before an unknown key id causes another fetch. */
const keysLifetimeMs = 10 * 60_000;
const refetchAfterMs = 30_000;

type Fetched = { jwks: JSONWebKeySet; fetchedAtMs: number };

const fetchedKeys = new BoundedMap<string, Fetched>(200);
const flights = new SingleFlight<Fetched | undefined>();

const jwksSchema = z.object({ keys: z.array(z.object({ kty: z.string() }).passthrough()).max(20) });

/**
 * Verifies a client assertion (RFC 7523 sections 2.2 and 3): signed by a key of the client, issued by and about it, for
 * this authorization server, recent, and used once.
 *
 * @returns nothing, or why the assertion is refused, in public words.
 */
export async function verifyClientAssertion(
  { config, origin }: SignInContext,
  client: Pick<Client, 'id' | 'keys'>,
  assertion: string,
): Promise<Result<undefined, string>> {
  const verify = (jwks: JSONWebKeySet) =>
    jwtVerify(assertion, createLocalJWKSet(jwks), {
      issuer: client.id,
      subject: client.id,
      audience: [origin, `${origin}/oauth/token`, `${origin}/token`],
      algorithms: assertionAlgorithms,
      maxTokenAge: maxAgeSeconds,
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['exp', 'iat', 'jti'],
    });
  const jwks = await keysOf(config, client);
  if (!jwks) return { failure: 'The keys of the client cannot be fetched.' };
  let jti: string | undefined;
  try {
    const { payload } = await verify(jwks).catch(async (error) => {
      // The client may have rotated its keys.
      const fresh =
        error instanceof errors.JWKSNoMatchingKey ? await keysOf(config, client, true) : undefined;
      if (!fresh || fresh === jwks) throw error;
      return verify(fresh);
    });
    jti = payload.jti;
  } catch (error) {
    log('info', 'client assertion refused', errorFields(error));
    return { failure: 'The client assertion is not valid.' };
  }
  if (!(await isFirstUse(config, client, jti))) return { failure: 'The client assertion was already used.' };
  return { value: undefined };
}

async function keysOf(
  config: SignInConfig,
  { keys }: Pick<Client, 'keys'>,
  again = false,
): Promise<JSONWebKeySet | undefined> {
  if (!keys) return undefined;
  if ('jwks' in keys) return keys.jwks;
  const { jwksUri } = keys;
  const held = fetchedKeys.get(jwksUri);
  if (held && Date.now() - held.fetchedAtMs < (again ? refetchAfterMs : keysLifetimeMs)) return held.jwks;
  const fetched = await flights.run(jwksUri, async () => {
    const url = URL.parse(jwksUri);
    if (url?.protocol !== 'https:') return undefined;
    const answer = await fetchDocument(url, { local: config.oauth.localDocuments });
    const parsed = 'failure' in answer ? undefined : jwksSchema.safeParse(answer.json).data;
    if (!parsed) return undefined;
    const found: Fetched = { jwks: parsed, fetchedAtMs: Date.now() };
    fetchedKeys.set(jwksUri, found);
    return found;
  });
  return (fetched ?? held)?.jwks;
}

/**
 * Whether the assertion is used for the first time. By its `jti`, not by its text: an ECDSA signature has a second form
 * that is as valid. Without the store it may be repeated until it expires.
 */
async function isFirstUse(config: SignInConfig, { id }: Pick<Client, 'id'>, jti = ''): Promise<boolean> {
  try {
    const set = await withStore(config, (redis) =>
      redis.set(usedAssertionKey(sha256(JSON.stringify([id, jti]))), '1', {
        nx: true,
        ex: maxAgeSeconds + 60,
      }),
    );
    return set !== null;
  } catch {
    log('warn', 'single use of a client assertion not checked');
    return true;
  }
}
