import { z } from 'zod';
import { revokeAtTenant } from '../auth0/token.ts';
import type { SignInConfig } from '../config.ts';
import { errorFields, log } from '../log.ts';
import { open, seal } from '../sealing.ts';
import { connectionsKey } from '../store/keys.ts';
import { readRecord, signedRecord } from '../store/record.ts';
import { withStore } from '../store/redis.ts';
import type { Grant } from './grant.ts';
import { userHash } from './principal.ts';
import { endGrant } from './standing.ts';

const connection = z.object({
  clientId: z.string(),
  clientName: z.string(),
  /** The host that codes for this client are sent to, as the consent page showed it. */
  host: z.string(),
  application: z.string(),
  scopes: z.array(z.string()),
  origin: z.string(),
  signedInAtSeconds: z.number(),
  lastUsedAtSeconds: z.number(),
  /** Auth0's refresh token, sealed. */
  upstream: z.string().optional(),
});

/** A client that a user let in. */
export type Connection = z.infer<typeof connection> & { id: string };

/** What the connections of a user are shown by. */
export type ConnectedClient = { name: string; host: string };

/**
 * Notes a connection for the user's own page and for operators. The token does not depend on it: losing the note loses a
 * line on that page until the client refreshes.
 */
export async function keepConnection(
  config: SignInConfig,
  grant: Grant,
  client: ConnectedClient,
): Promise<void> {
  const key = connectionsKey(userHash({ issuer: config.oauth.issuer, subject: grant.subject }));
  const { id, clientId, application, scopes, origin, signedInAtSeconds, upstream } = grant;
  const record: z.infer<typeof connection> = {
    ...{ clientId, application, scopes, origin, signedInAtSeconds },
    clientName: client.name,
    host: client.host,
    lastUsedAtSeconds: Math.floor(Date.now() / 1000),
    ...(upstream !== undefined && {
      upstream: seal(config, 'upstream-token', upstream, config.tokenLifetimeSeconds),
    }),
  };
  const field = signedRecord(config, `${key} ${id}`, record);
  await withStore(config, (redis) =>
    redis
      .pipeline()
      .hset(key, { [id]: field })
      .expire(key, config.tokenLifetimeSeconds)
      .exec(),
  ).catch((error) => log('warn', 'connection not noted', errorFields(error)));
}

/**
 * What a user has let in and is not over, newest first.
 *
 * @param user `userHash`.
 * @throws StoreUnavailable
 */
export async function connectionsOf(config: SignInConfig, user: string): Promise<Connection[]> {
  const key = connectionsKey(user);
  const flat = await withStore(config, (redis) => redis.exec<string[]>(['HGETALL', key]), { retry: true });
  const found: Connection[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const [id = '', field = ''] = flat.slice(index, index + 2);
    const record = readRecord(config, `${key} ${id}`, connection, field);
    if (record) found.push({ ...record, id });
  }
  const oldest = Date.now() / 1000 - config.tokenLifetimeSeconds;
  return found
    .filter(({ lastUsedAtSeconds }) => lastUsedAtSeconds > oldest)
    .sort((a, b) => b.signedInAtSeconds - a.signedInAtSeconds);
}

/**
 * Ends a connection: here at once, on other instances within a minute, and at Auth0.
 *
 * @throws StoreUnavailable, TenantError: try again. What has been done stays done.
 */
export async function endConnection(
  config: SignInConfig,
  user: string,
  { id, application, upstream }: Connection,
): Promise<void> {
  await endGrant(config, id);
  const opened = open(config, 'upstream-token', z.string(), upstream ?? '');
  if ('value' in opened) await revokeAtTenant(config.oauth, application, opened.value);
  await withStore(config, (redis) => redis.hdel(connectionsKey(user), id), { retry: true });
}
