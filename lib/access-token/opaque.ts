import { z } from 'zod';
import type { Config, OAuthConfig } from '../config.ts';
import { timed } from '../log.ts';
import { issuedTokenKey, tokenUserKey } from '../store/keys.ts';
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

/**
 * Records that our token endpoint handed out an opaque access token. Only recorded ones are accepted later:
 * `/userinfo` proves who the user is, not for whom the token was made.
 *
 * @throws StoreUnavailable when the record cannot be kept.
 */
export async function rememberIssuedToken(config: Config, token: string, issued: IssuedToken): Promise<void> {
  const lifetime = Math.max(1, Math.ceil(issued.expiresAt - Date.now() / 1000));
  await withStore(
    config,
    (redis) => redis.set(issuedTokenKey(token), JSON.stringify(issued), { ex: lifetime }),
    {
      retry: true,
    },
  );
}

/** The Auth0 application that an opaque access token was issued to; undefined for one that is not on record. */
export async function issuedTo(config: Config, token: string): Promise<string | undefined> {
  const issued = await withStore(config, (redis) => redis.get<string>(issuedTokenKey(token)), {
    retry: true,
  });
  return parseStored(issuedToken, issued)?.clientId;
}

/** Forgets an opaque access token, so that it is refused from now on. */
export async function forgetIssuedToken(config: Config, token: string): Promise<void> {
  await withStore(config, (redis) => redis.del(issuedTokenKey(token), tokenUserKey(token)), { retry: true });
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
      (redis) => redis.mget<(string | null)[]>(issuedTokenKey(token), tokenUserKey(token)),
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
    redis.set(tokenUserKey(token), JSON.stringify(user), { ex: userInfoLifetime }),
  ).catch(() => undefined);
  return user;
}
