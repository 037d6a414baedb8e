import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Config, OAuthConfig } from '../config.ts';
import { timed } from '../log.ts';
import { withStore } from '../store/redis.ts';
import { parseStored } from '../store/stored.ts';
import type { Verification } from './verification.ts';

/** Seconds for which a `/userinfo` answer is kept; the tenant allows 5 such calls a minute and user. */
const userInfoLifetime = 300;
/** Milliseconds granted to `/userinfo`. */
const userInfoTimeout = 5000;

const issuedToken = z.object({
  clientId: z.string(),
  scopes: z.array(z.string()),
  expiresAt: z.number(),
});

export type IssuedToken = z.infer<typeof issuedToken>;

const userInfo = z.object({
  sub: z.string().min(1),
  email: z.string().optional(),
  name: z.string().optional(),
});

type UserInfo = z.infer<typeof userInfo>;

const issuedKey = (token: string) => `tok:${createHash('sha256').update(token).digest('base64url')}`;
const userKey = (token: string) => `${issuedKey(token)}:user`;

/**
 * Records that our token endpoint handed out an opaque access token. Only recorded ones are accepted later:
 * `/userinfo` proves who the user is, not for whom the token was made.
 *
 * @throws StoreUnavailable when the record cannot be kept.
 */
export async function rememberIssuedToken(config: Config, token: string, issued: IssuedToken): Promise<void> {
  const lifetime = Math.max(1, Math.ceil(issued.expiresAt - Date.now() / 1000));
  await withStore(config, (redis) => redis.set(issuedKey(token), JSON.stringify(issued), { ex: lifetime }), {
    retry: true,
  });
}

/** Forgets an opaque access token, so that it is refused from now on. */
export async function forgetIssuedToken(config: Config, token: string): Promise<void> {
  await withStore(config, (redis) => redis.del(issuedKey(token), userKey(token)), { retry: true });
}

/**
 * Verifies an opaque access token: our record of having issued it, then the tenant's `/userinfo`, whose
 * answer is kept for five minutes. Fails closed, as unavailable, when the store or the tenant is down.
 */
export async function verifyOpaque(token: string, config: Config, oauth: OAuthConfig): Promise<Verification> {
  let known: (string | null)[];
  try {
    known = await withStore(
      config,
      (redis) => redis.mget<(string | null)[]>(issuedKey(token), userKey(token)),
      { retry: true },
    );
  } catch (cause) {
    return { unavailable: 'Opaque tokens cannot be checked right now', retryAfter: 5, cause };
  }
  const issued = parseStored(issuedToken, known[0]);
  if (!issued) return { refused: 'The token is not known here' };
  if (issued.expiresAt <= Date.now() / 1000) return { refused: 'The token has expired' };

  const user = parseStored(userInfo, known[1]) ?? (await fetchUserInfo(token, config, oauth));
  if ('refused' in user || 'unavailable' in user) return user;
  const { sub, email, name } = user;
  return { principal: { issuer: oauth.issuer, subject: sub, audience: [], email, name, ...issued } };
}

async function fetchUserInfo(
  token: string,
  config: Config,
  oauth: OAuthConfig,
): Promise<UserInfo | Exclude<Verification, { principal: unknown }>> {
  const unavailable = { unavailable: 'The tenant cannot say whose token this is', retryAfter: 10 };
  let user: UserInfo;
  try {
    const response = await timed('auth0', () =>
      fetch(`${oauth.tenant}/userinfo`, {
        headers: { authorization: `Bearer ${token}` },
        redirect: 'error',
        signal: AbortSignal.timeout(userInfoTimeout),
      }),
    );
    if (response.status === 401 || response.status === 403) return { refused: 'The token is not valid' };
    if (!response.ok) return { ...unavailable, cause: new Error(`/userinfo answered ${response.status}`) };
    user = userInfo.parse(await response.json());
  } catch (cause) {
    return { ...unavailable, cause };
  }
  // Losing the copy costs one more call, nothing else.
  await withStore(config, (redis) =>
    redis.set(userKey(token), JSON.stringify(user), { ex: userInfoLifetime }),
  ).catch(() => undefined);
  return user;
}
