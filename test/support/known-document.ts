import type { Stack } from '../../dev/stack.ts';
import { documentKey } from '../../lib/store/keys.ts';
import { signedRecord } from '../../lib/store/record.ts';
import { configOf } from './config.ts';

export type KnownDocument = { client_name: string; redirect_uris: string[] };

/** Puts a client's document into the store, as after a first fetch: no test may depend on its real site. */
export async function makeDocumentKnown(
  { store, env }: Stack,
  url: string,
  { client_name, redirect_uris }: KnownDocument,
): Promise<void> {
  const key = documentKey(url);
  const now = Date.now();
  const copy = { document: { client_name, redirect_uris }, freshUntilMs: now + 600_000, fetchedAtMs: now };
  const response = await fetch(store.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${env.UPSTASH_REDIS_REST_TOKEN}` },
    body: JSON.stringify(['SET', key, signedRecord(configOf(env), key, copy)]),
  });
  if (!response.ok) throw new Error(`not kept: ${await response.text()}`);
}
