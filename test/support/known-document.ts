import type { Stack } from '../../dev/stack.ts';
import { documentKey } from '../../lib/store/keys.ts';
import { signedRecord } from '../../lib/store/record.ts';
import { configOf } from './config.ts';
import { storeCommand } from './store-command.ts';

export type KnownDocument = { client_name: string; redirect_uris: string[] };

/** Puts a client's document into the store, as after a first fetch: no test may depend on its real site. */
export async function makeDocumentKnown(
  stack: Stack,
  url: string,
  { client_name, redirect_uris }: KnownDocument,
): Promise<void> {
  const key = documentKey(url);
  const now = Date.now();
  const copy = { document: { client_name, redirect_uris }, freshUntilMs: now + 600_000, fetchedAtMs: now };
  await storeCommand(stack, ['SET', key, signedRecord(configOf(stack.env), key, copy)]);
}
