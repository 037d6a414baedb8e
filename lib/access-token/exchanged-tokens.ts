import { BoundedMap } from '../bounded-map.ts';
import type { SignInConfig } from '../config.ts';
import { errorFields, log } from '../log.ts';
import { perConfig } from '../per-config.ts';
import { z } from '../schema.ts';
import { open, seal } from '../sealing.ts';
import { exchangedTokensKey } from '../store/keys.ts';
import { inBatch, withStore } from '../store/redis.ts';

/** Milliseconds before its end from which a token is no longer handed out: the API must still accept it on arrival. */
const marginMs = 60_000;

/** Seconds that the store keeps a grant's tokens after the newest. Each entry also ends by itself, with its token. */
const keptSeconds = 86_400;

const exchangedToken = z.object({
  grantId: z.string(),
  field: z.string(),
  token: z.string(),
  /** The user's connected accounts as they were before the tenant was asked; undefined if it is for none of them. */
  generation: z.string().optional(),
  expiresAtMs: z.number(),
});

/** A token for another API, of one grant. `field` names what it is for and its scopes. */
export type ExchangedToken = z.infer<typeof exchangedToken>;

const memory = perConfig(() => new BoundedMap<string, ExchangedToken>(2_000));

/** A token that was obtained before for this grant, audience and scopes, if it is still good for a minute. */
export async function cachedToken(
  config: SignInConfig,
  grantId: string,
  field: string,
): Promise<string | undefined> {
  const held = memory(config).get(`${grantId} ${field}`);
  if (held && isGood(held)) return held.token;
  const stored = await storedToken(config, grantId, field).catch((error) => {
    log('warn', 'tokens for other APIs not read', errorFields(error));
    return undefined;
  });
  if (stored) rememberToken(config, stored);
  return stored?.token;
}

/**
 * The same from the store alone: for tokens that must end on all instances at once. Shares a round trip with the reads that
 * are asked for in the same turn (`inBatch`).
 *
 * @throws StoreUnavailable
 */
export async function storedToken(
  config: SignInConfig,
  grantId: string,
  field: string,
): Promise<ExchangedToken | undefined> {
  const [stored] = await inBatch<[string | null]>(config, (pipeline) =>
    pipeline.hget(exchangedTokensKey(grantId), field),
  );
  const opened = open(config, 'exchanged-token', exchangedToken, stored ?? '');
  if ('failure' in opened || !isGood(opened.value)) return undefined;
  // A copy of one entry in the place of another is not believed.
  const isOwn = opened.value.grantId === grantId && opened.value.field === field;
  return isOwn ? opened.value : undefined;
}

/** Keeps a token on this instance, which then asks the store no more. */
export function rememberToken(config: SignInConfig, kept: ExchangedToken): void {
  memory(config).set(`${kept.grantId} ${kept.field}`, kept);
}

/** Keeps a token for all instances, sealed, until shortly before it ends. */
export async function keepToken(config: SignInConfig, kept: ExchangedToken): Promise<void> {
  const lifetimeSeconds = Math.floor((kept.expiresAtMs - Date.now()) / 1000);
  if (lifetimeSeconds < marginMs / 1000) return;
  const key = exchangedTokensKey(kept.grantId);
  const sealed = seal(config, 'exchanged-token', kept, lifetimeSeconds);
  await withStore(config, (redis) =>
    redis
      .pipeline()
      .hset(key, { [kept.field]: sealed })
      .expire(key, keptSeconds)
      .exec(),
  ).catch((error) => log('warn', 'token for another API not kept', errorFields(error)));
}

const isGood = ({ expiresAtMs }: ExchangedToken) => expiresAtMs - marginMs > Date.now();
