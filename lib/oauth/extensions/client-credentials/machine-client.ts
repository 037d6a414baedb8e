import { type Application, getApplication } from '../../../auth0/applications.ts';
import type { SignInConfig } from '../../../config.ts';
import { errorFields, log } from '../../../log.ts';
import { z } from '../../../schema.ts';
import { machineClientKey } from '../../../store/keys.ts';
import { readRecord, signedRecord } from '../../../store/record.ts';
import { withStore } from '../../../store/redis.ts';
import { apiMark } from '../../client/application/record.ts';
import type { ClientKeys } from '../../client/client.ts';

/** Milliseconds for which a copy counts before the tenant is asked again; seconds for which it is kept in case it is down. */
const trustedForMs = 3600_000;
const keptSeconds = 7 * 86_400;

const publicKey = z.object({ kty: z.enum(['EC', 'OKP', 'RSA']), d: z.undefined().optional() }).passthrough();

const machineClient = z.object({
  scopes: z.array(z.string()),
  keys: z.union([
    z.object({ jwks: z.object({ keys: z.array(publicKey) }) }),
    z.object({ jwksUri: z.string().refine((text) => URL.parse(text)?.protocol === 'https:') }),
  ]),
});

/** A machine client that signs: what it may do, and the keys it signs with. */
export type MachineClient = { scopes: string[]; keys: ClientKeys };

const copy = z.object({ client: machineClient, checkedAtMs: z.number() });

/**
 * `client_metadata` of such a client's Auth0 application. A key of one of the kinds with short keys fits into a value's 255
 * characters; for others there is the URL of a key set.
 */
const registration = z.object({
  machine_client_of: z.string(),
  scopes: z.string(),
  key: z.string().optional(),
  jwks_uri: z.string().optional(),
});

/**
 * The registration of a machine client that signs assertions, from its copy in the store, else from the tenant. Undefined
 * if the operator has registered none under this id.
 *
 * @param beforeAsking called before the tenant is asked without a copy: throws if the caller may not.
 * @throws TenantError if there is no copy and the tenant cannot be asked.
 */
export async function findMachineClient(
  config: SignInConfig,
  id: string,
  beforeAsking: () => Promise<void>,
): Promise<MachineClient | undefined> {
  const key = machineClientKey(config, id);
  const stored = await withStore(config, (redis) => redis.get(key), { retry: true }).catch(() => null);
  const known = readRecord(config, key, copy, stored);
  if (known && Date.now() - known.checkedAtMs < trustedForMs) return known.client;
  if (!known) await beforeAsking();
  let application: Application | undefined;
  try {
    application = await getApplication(config, id);
  } catch (error) {
    if (known) return known.client;
    throw error;
  }
  const client = application && registeredIn(config, application);
  await keep(config, key, client);
  return client;
}

function registeredIn(config: SignInConfig, { metadata }: Application): MachineClient | undefined {
  const found = registration.safeParse(metadata).data;
  if (!found || !config.oauth.audiences.some((audience) => apiMark(audience) === found.machine_client_of))
    return undefined;
  const keys = found.key === undefined ? { jwksUri: found.jwks_uri } : { jwks: { keys: [parse(found.key)] } };
  return machineClient.safeParse({ scopes: found.scopes.split(' ').filter(Boolean), keys }).data;
}

async function keep(config: SignInConfig, key: string, client: MachineClient | undefined): Promise<void> {
  await withStore<unknown>(
    config,
    (redis) =>
      client
        ? redis.set(key, signedRecord(config, key, { client, checkedAtMs: Date.now() }), { ex: keptSeconds })
        : redis.del(key),
    { retry: true },
  ).catch((error) => log('warn', 'machine client not kept in the store', errorFields(error)));
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
