import { myAccountAudience } from '../../auth0/my-account-access.ts';
import type { SignInConfig } from '../../config.ts';
import { errorFields, log } from '../../log.ts';
import { z } from '../../schema.ts';
import { open, seal } from '../../sealing.ts';
import { accountTokenKey } from '../../store/keys.ts';
import { withStore } from '../../store/redis.ts';
import { type Session, sessionLifetimeSeconds } from '../session.ts';

const kept = z.object({ session: z.string(), audience: z.string(), token: z.string() });

/**
 * Keeps the token for the My Account API that came with a sign-in to the page, sealed, until it or the session ends. It
 * stays here: the browser has the session alone.
 */
export async function keepAccountToken(
  config: SignInConfig,
  session: Pick<Session, 'id'>,
  { token, expiresInSeconds }: { token: string; expiresInSeconds: number },
): Promise<void> {
  const lifetimeSeconds = Math.min(expiresInSeconds, sessionLifetimeSeconds);
  const value = { session: session.id, audience: myAccountAudience(config.oauth), token };
  const sealed = seal(config, 'account-token', value, lifetimeSeconds);
  await withStore(config, (redis) =>
    redis.set(accountTokenKey(session.id), sealed, { ex: lifetimeSeconds }),
  ).catch((error) => log('warn', 'token for the My Account API not kept', errorFields(error)));
}

/** The token that came with this sign-in to the page; undefined if it has ended. Throws StoreUnavailable. */
export async function accountTokenOf(config: SignInConfig, { id }: Session): Promise<string | undefined> {
  const stored = await withStore(config, (redis) => redis.get(accountTokenKey(id)), { retry: true });
  const opened = open(config, 'account-token', kept, stored ?? '');
  if ('failure' in opened) return undefined;
  const { session, audience, token } = opened.value;
  return session === id && audience === myAccountAudience(config.oauth) ? token : undefined;
}

/** Forgets it, when the user signs out of the page. Never rejects. */
export async function forgetAccountToken(config: SignInConfig, { id }: Session): Promise<void> {
  await withStore(config, (redis) => redis.del(accountTokenKey(id))).catch((error) =>
    log('warn', 'token for the My Account API not forgotten', errorFields(error)),
  );
}
