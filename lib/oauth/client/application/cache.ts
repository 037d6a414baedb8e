import { BoundedMap } from '../../../bounded-map.ts';
import type { SignInConfig } from '../../../config.ts';
import { log } from '../../../log.ts';
import { perConfig } from '../../../per-config.ts';
import { z } from '../../../schema.ts';
import { clientKey, registrationKey } from '../../../store/keys.ts';
import { readRecord, signedRecord } from '../../../store/record.ts';
import { readInBatch, withStore } from '../../../store/redis.ts';
import { type ClientRecord, clientRecord } from './record.ts';

/** Seconds for which the store keeps a client; the tenant is the durable record. */
const lifetimeSeconds = 30 * 86_400;
/** Seconds for which the store remembers that the tenant does not know an id or a registration. */
const unknownLifetimeSeconds = 60;

const copy = z.object({ record: clientRecord, checkedAtMs: z.number() });

/** A client's copy, and when the tenant last confirmed it, in milliseconds since the epoch. */
export type Copy = z.infer<typeof copy>;

const unknown = 'unknown';
const storedCopy = z.union([copy, z.literal(unknown)]);
const storedApplication = z.union([z.literal(unknown), z.string().min(1)]);

/** Clients kept in memory, for when the store does not answer. */
const memory = perConfig(() => new BoundedMap<string, Copy>(500));

/** The copy of an application's client: `unknown` if the tenant just said so, undefined without a copy. */
export async function readCopy(
  config: SignInConfig,
  application: string,
): Promise<Copy | 'unknown' | undefined> {
  const key = clientKey(config, application);
  try {
    const [stored] = await readInBatch(config, key);
    return readRecord(config, key, storedCopy, stored);
  } catch {
    return memory(config).get(application);
  }
}

/**
 * The copy of a registration's or document's client; `unknown` if the tenant was just searched without finding one.
 *
 * @param alongside asks the store for something else about the application, in the same round trip as its copy.
 */
export async function readCopyByHash(
  config: SignInConfig,
  hash: string,
  alongside?: (application: string) => void,
): Promise<Copy | 'unknown' | undefined> {
  const key = registrationKey(config, hash);
  try {
    const [stored] = await readInBatch(config, key);
    const application = readRecord(config, key, storedApplication, stored);
    if (application === undefined || application === unknown) return application;
    alongside?.(application);
    return await readCopy(config, application);
  } catch {
    return [...memory(config).values()].find(({ record }) => record.hash === hash);
  }
}

/** Remembers for a minute that the tenant has no application for this hash. */
export async function rememberNoApplication(config: SignInConfig, hash: string): Promise<void> {
  const key = registrationKey(config, hash);
  const record = signedRecord(config, key, unknown);
  await quietly(config, (redis) => redis.set(key, record, { ex: unknownLifetimeSeconds }));
}

/** Keeps a record that the tenant has just confirmed. Without the store only speed is lost. */
export async function keepCopy(config: SignInConfig, record: ClientRecord): Promise<void> {
  const kept: Copy = { record, checkedAtMs: Date.now() };
  memory(config).set(record.application, kept);
  const client = clientKey(config, record.application);
  const registration = registrationKey(config, record.hash);
  await quietly(config, (redis) =>
    redis
      .pipeline()
      .set(client, signedRecord(config, client, kept), { ex: lifetimeSeconds })
      .set(registration, signedRecord(config, registration, record.application), { ex: lifetimeSeconds })
      .exec(),
  );
}

/** Forgets a client whose application is gone. */
export async function forgetCopy(config: SignInConfig, application: string, hash?: string): Promise<void> {
  memory(config).delete(application);
  const key = clientKey(config, application);
  const record = signedRecord(config, key, unknown);
  await quietly(config, (redis) => {
    const commands = redis.pipeline().set(key, record, { ex: unknownLifetimeSeconds });
    if (hash !== undefined) commands.del(registrationKey(config, hash));
    return commands.exec();
  });
}

async function quietly(config: SignInConfig, work: Parameters<typeof withStore>[1]): Promise<void> {
  await withStore(config, work, { retry: true }).catch(() => log('warn', 'client not kept in the store'));
}
