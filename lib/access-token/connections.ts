import { revokeAtTenant } from '../auth0/token.ts';
import type { SignInConfig } from '../config.ts';
import { errorFields, log } from '../log.ts';
import { keptOrganization } from '../organizations/organization.ts';
import { z } from '../schema.ts';
import { open, seal } from '../sealing.ts';
import { connectionsKey } from '../store/keys.ts';
import { readRecord, signedRecord } from '../store/record.ts';
import { withStore } from '../store/redis.ts';
import { type Grant, userOf } from './grant.ts';
import { userHash } from './principal.ts';
import { endGrant, readStandingOf } from './standing.ts';

/** Seconds after which no grant is left: Auth0 ends the refresh tokens of our applications after a year at most. */
const lifetimeSeconds = 366 * 86_400;
/** Connections of a user that may be noted before those that are over are removed. */
const maxNoted = 50;

const connection = z.object({
  clientId: z.string(),
  clientName: z.string(),
  /** The host that codes for this client are sent to, as the consent page showed it. */
  host: z.string(),
  application: z.string(),
  scopes: z.array(z.string()),
  origin: z.string(),
  /** The organization that the user signed in to. */
  organization: keptOrganization.optional(),
  /** With an organization: the person outside it, `userHash`, by whom an operator signs a user out. */
  person: z.string().optional(),
  signedInAtSeconds: z.number(),
  lastUsedAtSeconds: z.number(),
  /** When the connection ends by itself; undefined if the client can refresh it. */
  endsAtSeconds: z.number().optional(),
  /** Auth0's refresh token, sealed. */
  upstream: z.string().optional(),
});

/** A client that a user let in. */
export type Connection = z.infer<typeof connection> & {
  /** The grant. */
  id: string;
  /** Whether it has been ended here: by the user, by the client, or because client or user may no longer sign in. */
  ended: boolean;
};

/** What the connections of a user are shown by. */
export type ConnectedClient = { name: string; host: string };

/**
 * Notes a connection for the user's own page and for operators. The token does not depend on it: losing the note loses a
 * line on that page until the client refreshes.
 *
 * @param options.again the grant is not new: a note that exists stays as it is.
 */
export async function keepConnection(
  config: SignInConfig,
  grant: Grant,
  client: ConnectedClient,
  options: { again?: boolean } = {},
): Promise<void> {
  const key = connectionsKey(userOf(config, grant));
  const { id, clientId, application, scopes, origin, organization, signedInAtSeconds, upstream } = grant;
  const record: z.infer<typeof connection> = {
    ...{ clientId, application, scopes, origin, signedInAtSeconds },
    ...(organization && {
      organization,
      person: userHash({ issuer: config.oauth.issuer, subject: grant.subject }),
    }),
    clientName: client.name,
    host: client.host,
    lastUsedAtSeconds: Math.floor(Date.now() / 1000),
    ...(upstream === undefined
      ? { endsAtSeconds: grant.upstreamExpiresAtSeconds }
      : { upstream: seal(config, 'upstream-token', upstream, lifetimeSeconds) }),
  };
  const field = signedRecord(config, `${key} ${id}`, record);
  try {
    const [, , noted] = await withStore(config, (redis) => {
      const pipeline = redis.pipeline();
      if (options.again) pipeline.hsetnx(key, id, field);
      else pipeline.hset(key, { [id]: field });
      return pipeline.expire(key, lifetimeSeconds).hlen(key).exec<[number, number, number]>();
    });
    if (noted > maxNoted) await removeEnded(config, userOf(config, grant));
  } catch (error) {
    log('warn', 'connection not noted', errorFields(error));
  }
}

/**
 * What a user has let in, newest first: as the tenant last confirmed it, and as last used, to the hour. Also what has been
 * ended since (`ended`), for those who must make sure that Auth0 knows it; what has ended by itself is left out.
 *
 * @param user `userHash`.
 * @throws StoreUnavailable
 */
export async function connectionsOf(config: SignInConfig, user: string): Promise<Connection[]> {
  const noted = await notedOf(config, user);
  return noted
    .filter((each) => !hasExpired(config, each))
    .sort((a, b) => b.signedInAtSeconds - a.signedInAtSeconds || a.id.localeCompare(b.id));
}

async function notedOf(config: SignInConfig, user: string): Promise<Connection[]> {
  const key = connectionsKey(user);
  const flat = await withStore(config, (redis) => redis.hgetall(key), { retry: true });
  const found: Promise<Connection>[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const [id = '', field = ''] = flat.slice(index, index + 2);
    const record = readRecord(config, `${key} ${id}`, connection, field);
    if (record) found.push(withStanding(config, user, { ...record, id }));
  }
  return Promise.all(found);
}

async function withStanding(
  config: SignInConfig,
  user: string,
  noted: Omit<Connection, 'ended'>,
): Promise<Connection> {
  const { ended, vouch } = await readStandingOf(config, { ...noted, user: noted.person ?? user });
  const { lastUsedAtSeconds } = noted;
  return {
    ...noted,
    lastUsedAtSeconds: Math.max(lastUsedAtSeconds, vouch?.vouchedAtSeconds ?? lastUsedAtSeconds),
    ...(vouch && { scopes: vouch.scopes }),
    ...(vouch?.upstream && { upstream: vouch.upstream }),
    ended,
  };
}

/** Whether the connection's last token has ended: it may have been issued at the last use, and a later refresh asks the tenant. */
function hasExpired(config: SignInConfig, { endsAtSeconds, lastUsedAtSeconds }: Connection): boolean {
  const endOfUse = lastUsedAtSeconds + config.refreshTokenLifetimeSeconds;
  return (endsAtSeconds ?? endOfUse) < Date.now() / 1000;
}

async function removeEnded(config: SignInConfig, user: string): Promise<void> {
  const noted = await notedOf(config, user);
  const over = noted.filter((each) => each.ended || hasExpired(config, each)).map(({ id }) => id);
  const [first, ...others] = over;
  if (first === undefined) return;
  await withStore(config, (redis) => redis.hdel(connectionsKey(user), first, ...others));
}

/**
 * Ends a connection: here at once, on other instances within a minute, and at Auth0.
 *
 * @throws StoreUnavailable, TenantError: try again. What has been done stays done.
 */
export async function endConnection(
  config: SignInConfig,
  user: string,
  { id, application, upstream }: Pick<Connection, 'id' | 'application' | 'upstream'>,
): Promise<void> {
  await endGrant(config, id);
  const opened = open(config, 'upstream-token', z.string(), upstream ?? '');
  if ('value' in opened) await revokeAtTenant(config.oauth, application, opened.value);
  await withStore(config, (redis) => redis.hdel(connectionsKey(user), id), { retry: true });
}
