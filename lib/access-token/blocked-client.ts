import type { SignInConfig } from '../config.ts';
import { z } from '../schema.ts';
import { blockedClientKey, blockedClientsPattern } from '../store/keys.ts';
import { readRecord, signedRecord } from '../store/record.ts';
import { readInBatch, withStore } from '../store/redis.ts';
import { scanKeys } from '../store/scan.ts';

/** What the store has of a blocked client. */
export const blockedRecord = z.object({
  blockedAtSeconds: z.number(),
  /** For the operator's list: the key holds only a hash. */
  clientId: z.string().optional(),
});

/**
 * Blocks a client until `unblockClient`: its tokens are refused on every instance within a minute, and it cannot get new
 * ones.
 *
 * @param clientId as tokens name the client (`Client.shortId`).
 * @throws StoreUnavailable
 */
export async function blockClient(config: SignInConfig, clientId: string): Promise<void> {
  const key = blockedClientKey(config, clientId);
  const blocked: z.infer<typeof blockedRecord> = {
    blockedAtSeconds: Math.floor(Date.now() / 1000),
    clientId,
  };
  await withStore(config, (redis) => redis.set(key, signedRecord(config, key, blocked)), { retry: true });
}

/** Lifts a client's block. Returns whether there was one. Throws StoreUnavailable. */
export async function unblockClient(config: SignInConfig, clientId: string): Promise<boolean> {
  return (await withStore(config, (redis) => redis.del(blockedClientKey(config, clientId)))) > 0;
}

/** When the client was blocked, in seconds since the epoch; undefined if it is not. One read (`readInBatch`). Throws StoreUnavailable. */
export async function blockedAtSeconds(config: SignInConfig, clientId: string): Promise<number | undefined> {
  const key = blockedClientKey(config, clientId);
  const [stored] = await readInBatch(config, key);
  return readRecord(config, key, blockedRecord, stored)?.blockedAtSeconds;
}

/** Every blocked client, and since when, in seconds since the epoch. For operators (`scanKeys`). Throws StoreUnavailable. */
export async function blockedClients(config: SignInConfig): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for await (const keys of scanKeys(config, blockedClientsPattern(config))) {
    const stored = await withStore(config, (redis) => redis.mget(...keys), {
      retry: true,
    });
    keys.forEach((key, index) => {
      const { clientId, blockedAtSeconds } = readRecord(config, key, blockedRecord, stored[index]) ?? {};
      if (clientId !== undefined && blockedAtSeconds !== undefined) found.set(clientId, blockedAtSeconds);
    });
  }
  return found;
}
