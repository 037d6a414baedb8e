import { BoundedMap } from '../../../bounded-map.ts';
import type { SignInConfig } from '../../../config.ts';
import { errorFields, log } from '../../../log.ts';
import { perConfig } from '../../../per-config.ts';
import { z } from '../../../schema.ts';
import { open, seal } from '../../../sealing.ts';
import { exchangedTokensKey } from '../../../store/keys.ts';
import { withStore } from '../../../store/redis.ts';

/** Milliseconds before its end from which a token is no longer handed out: the API must still accept it on arrival. */
const marginMs = 60_000;

/** Seconds that the store keeps a grant's tokens after the newest. Each entry also ends by itself, with its token. */
const keptSeconds = 86_400;

const exchangedToken = z.object({
  grantId: z.string(),
  field: z.string(),
  token: z.string(),
  expiresAtMs: z.number(),
});

/** A token for another API, of one grant. `field` names audience and scopes. */
export type CachedToken = z.infer<typeof exchangedToken>;

const memory = perConfig(() => new BoundedMap<string, CachedToken>(2_000));

/** A token that was obtained before for this grant, audience and scopes, if it is still good for a minute. */
export async function cachedToken(
  config: SignInConfig,
  grantId: string,
  field: string,
): Promise<string | undefined> {
  const name = `${grantId} ${field}`;
  const held = memory(config).get(name);
  if (held && isGood(held)) return held.token;
  const stored = await withStore(config, (redis) => redis.hget(exchangedTokensKey(grantId), field), {
    retry: true,
  }).catch((error) => {
    log('warn', 'tokens for other APIs not read', errorFields(error));
    return null;
  });
  const opened = open(config, 'exchanged-token', exchangedToken, stored ?? '');
  if ('failure' in opened || !isGood(opened.value)) return undefined;
  // A copy of one entry in the place of another is not believed.
  if (opened.value.grantId !== grantId || opened.value.field !== field) return undefined;
  memory(config).set(name, opened.value);
  return opened.value.token;
}

/** Keeps a token for all instances, sealed, until shortly before it ends. */
export async function keepToken(config: SignInConfig, kept: CachedToken): Promise<void> {
  memory(config).set(`${kept.grantId} ${kept.field}`, kept);
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

const isGood = ({ expiresAtMs }: CachedToken) => expiresAtMs - marginMs > Date.now();
