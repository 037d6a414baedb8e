import type { Stack } from '../../dev/stack.ts';

/** Sends a command to the stack's store, as whoever holds its token can. Throws if the store refuses it. */
export async function storeCommand(
  { store, env }: Pick<Stack, 'store' | 'env'>,
  words: (string | number)[],
): Promise<unknown> {
  const response = await fetch(store.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${env.UPSTASH_REDIS_REST_TOKEN}` },
    body: JSON.stringify(words),
  });
  if (!response.ok) throw new Error(`The store refused: ${await response.text()}`);
  return ((await response.json()) as { result: unknown }).result;
}

/** The keys of the store that match a pattern. */
export async function storedKeys(stack: Pick<Stack, 'store' | 'env'>, pattern: string): Promise<string[]> {
  const [, keys] = (await storeCommand(stack, ['SCAN', '0', 'MATCH', pattern, 'COUNT', '1000'])) as [
    string,
    string[],
  ];
  return keys;
}
