import type { SignInConfig } from '../config.ts';
import { log } from '../log.ts';
import { perConfig } from '../per-config.ts';
import { z } from '../schema.ts';
import { open, seal } from '../sealing.ts';
import { lockKey, managementTokenKey } from '../store/keys.ts';
import { acquire } from '../store/lock.ts';
import { withStore } from '../store/redis.ts';
import { TenantError } from './errors.ts';
import { retryAfterOf } from './rate-limit.ts';
import { askTenant, type Deadline } from './request.ts';

/** Seconds before its end at which a token is no longer used, so that it cannot expire on the way. */
const marginSeconds = 300;
const lockLifetimeMs = 6000;
const lockTimeoutMs = 2500;

const sealedToken = z.object({
  token: z.string().min(1),
  issuedAtSeconds: z.number(),
  expiresAtSeconds: z.number(),
});

export type ManagementToken = z.infer<typeof sealedToken>;

const answer = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

type Held = { token?: ManagementToken; fetching?: Promise<ManagementToken> };

const memory = perConfig((): Held => ({}));

/**
 * The Management API token, from memory, else from the store, else from the tenant. Free tenants meter these
 * tokens by the month, so all instances share one and only one instance fetches it.
 *
 * @param spent a token that the tenant refused: it is dropped wherever it is kept.
 * @throws TenantError when the tenant gives none.
 */
export async function managementToken(
  config: SignInConfig,
  deadline: Deadline,
  spent?: string,
): Promise<ManagementToken> {
  const held = memory(config);
  if (held.token && isUsable(held.token, spent)) return held.token;
  delete held.token;
  held.fetching ??= shared(config, deadline, spent).finally(() => {
    delete held.fetching;
  });
  held.token = await held.fetching;
  return held.token;
}

function isUsable(token: ManagementToken, spent: string | undefined): boolean {
  return token.token !== spent && token.expiresAtSeconds - marginSeconds > Date.now() / 1000;
}

async function shared(config: SignInConfig, deadline: Deadline, spent: string | undefined) {
  const kept = await readKept(config, spent);
  if (kept) return kept;
  const key = managementTokenKey(config);
  const lock = await acquire(config, lockKey(key), {
    lifetimeMs: lockLifetimeMs,
    deadline: Math.min(deadline, Date.now() + lockTimeoutMs),
  });
  try {
    // Whoever held the lock before us has probably fetched one.
    return (await readKept(config, spent)) ?? (await fetchToken(config, deadline));
  } finally {
    if (lock.state === 'held') await lock.free();
  }
}

async function readKept(
  config: SignInConfig,
  spent: string | undefined,
): Promise<ManagementToken | undefined> {
  const sealed = await withStore(config, (redis) => redis.get(managementTokenKey(config)), {
    retry: true,
  }).catch(() => null);
  if (!sealed) return undefined;
  const opened = open(config, 'management-token', sealedToken, sealed);
  return 'value' in opened && isUsable(opened.value, spent) ? opened.value : undefined;
}

async function fetchToken(config: SignInConfig, deadline: Deadline): Promise<ManagementToken> {
  const { oauth } = config;
  const { status, headers, body } = await askTenant(oauth, {
    method: 'POST',
    path: '/oauth/token',
    form: {
      grant_type: 'client_credentials',
      client_id: oauth.clientId,
      client_secret: oauth.clientSecret,
      audience: oauth.managementAudience,
    },
    deadline,
  });
  if (status === 429)
    throw new TenantError('rate-limited', 'no Management token: too many requests', {
      retryAfterSeconds: retryAfterOf(headers),
    });
  const granted = answer.safeParse(body);
  if (status !== 200 || !granted.success) {
    // 401: wrong id or secret. 403: the application has no grant for the Management API.
    log('error', 'no Management token: check AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET and its API grant', {
      status,
    });
    throw new TenantError('unauthorized', `no Management token: the tenant answered ${status}`);
  }
  const issuedAtSeconds = Math.floor(Date.now() / 1000);
  const { access_token, expires_in } = granted.data;
  const token = { token: access_token, issuedAtSeconds, expiresAtSeconds: issuedAtSeconds + expires_in };
  const lifetimeSeconds = Math.floor(expires_in - marginSeconds);
  if (lifetimeSeconds > 0) {
    const sealed = seal(config, 'management-token', token, lifetimeSeconds);
    await withStore(
      config,
      (redis) => redis.set(managementTokenKey(config), sealed, { ex: lifetimeSeconds }),
      {
        retry: true,
      },
    ).catch(() => log('warn', 'Management token not shared with other instances'));
  }
  return token;
}
