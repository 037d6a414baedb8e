import { z } from 'zod';
import type { Config } from '../../../config.ts';
import { log } from '../../../log.ts';
import { clientKey, registrationKey } from '../../../store/keys.ts';
import { withStore } from '../../../store/redis.ts';
import { parseStored } from '../../../store/stored.ts';
import { type ClientRecord, clientRecord } from './record.ts';

/** Seconds for which the store keeps a client; the tenant is the durable record. */
const life = 30 * 86_400;
/** Seconds for which an id that the tenant does not know is remembered as unknown. */
const unknownLife = 60;
/** Clients kept in memory, for when the store does not answer. */
const memorySize = 500;

const copy = z.object({ record: clientRecord, checkedAt: z.number() });

/** A client's copy, and when (milliseconds since the epoch) the tenant last confirmed it. */
export type Copy = z.infer<typeof copy>;

const unknown = 'unknown';

const memory = new WeakMap<Config, Map<string, Copy>>();

function memoryOf(config: Config): Map<string, Copy> {
  let known = memory.get(config);
  if (!known) {
    known = new Map();
    memory.set(config, known);
  }
  return known;
}

/** The client of an application as last seen: `unknown` when the tenant has just said so, undefined without a copy. */
export async function readCopy(config: Config, application: string): Promise<Copy | 'unknown' | undefined> {
  try {
    const text = await withStore(config, (redis) => redis.get<string>(clientKey(config, application)), {
      retry: true,
    });
    return text === unknown ? unknown : parseStored(copy, text);
  } catch {
    return memoryOf(config).get(application);
  }
}

/** The client of a registration or document as last seen; `unknown` when the tenant was just searched in vain. */
export async function readCopyByHash(config: Config, hash: string): Promise<Copy | 'unknown' | undefined> {
  try {
    const id = await withStore(config, (redis) => redis.get<string>(registrationKey(config, hash)), {
      retry: true,
    });
    if (id === unknown) return unknown;
    return id ? await readCopy(config, id) : undefined;
  } catch {
    return [...memoryOf(config).values()].find(({ record }) => record.hash === hash);
  }
}

/** Remembers for a minute that the tenant has no application for this hash. */
export async function rememberNoApplication(config: Config, hash: string): Promise<void> {
  await quietly(config, (redis) => redis.set(registrationKey(config, hash), unknown, { ex: unknownLife }));
}

/** Keeps a record that the tenant has just confirmed. A store that does not answer costs speed alone. */
export async function keepCopy(config: Config, record: ClientRecord): Promise<void> {
  const known = memoryOf(config);
  known.delete(record.application);
  const [oldest] = known.keys();
  if (known.size >= memorySize && oldest !== undefined) known.delete(oldest);
  const kept: Copy = { record, checkedAt: Date.now() };
  known.set(record.application, kept);
  await quietly(config, (redis) =>
    redis
      .pipeline()
      .set(clientKey(config, record.application), JSON.stringify(kept), { ex: life })
      .set(registrationKey(config, record.hash), record.application, { ex: life })
      .exec(),
  );
}

/** Forgets a client whose application is gone. */
export async function forgetCopy(config: Config, application: string, hash?: string): Promise<void> {
  memoryOf(config).delete(application);
  await quietly(config, (redis) => {
    const commands = redis.pipeline().set(clientKey(config, application), unknown, { ex: unknownLife });
    if (hash !== undefined) commands.del(registrationKey(config, hash));
    return commands.exec();
  });
}

async function quietly(config: Config, work: Parameters<typeof withStore>[1]): Promise<void> {
  await withStore(config, work, { retry: true }).catch(() => log('warn', 'client not kept in the store'));
}
