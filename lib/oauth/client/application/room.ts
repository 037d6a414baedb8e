import type { SignInConfig } from '../../../config.ts';
import { z } from '../../../schema.ts';
import { roomKey } from '../../../store/keys.ts';
import { readRecord, signedRecord } from '../../../store/record.ts';
import { readInBatch, withStore } from '../../../store/redis.ts';

/** Seconds for which it is remembered that registrations get no application. */
const scarceSeconds = 600;

const scarce = z.literal('scarce');

/** Notes that there was no room for another application. Losing the note means that the tenant is asked again. */
export async function noteScarceRoom(config: SignInConfig): Promise<void> {
  const key = roomKey(config);
  const record = signedRecord(config, key, 'scarce');
  await withStore(config, (redis) => redis.set(key, record, { ex: scarceSeconds })).catch(() => {});
}

/** Whether room was found to be scarce lately: then a registration need not ask the tenant at all. One read (`readInBatch`). */
export async function isRoomScarce(config: SignInConfig): Promise<boolean> {
  const key = roomKey(config);
  const [stored] = await readInBatch(config, key).catch(() => [null]);
  return readRecord(config, key, scarce, stored) !== undefined;
}
