import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Config } from '../../config.ts';
import { sessionKey, sessionsKey, subscriptionsKey } from '../../store/keys.ts';
import { withStore } from '../../store/redis.ts';
import { parseStored } from '../../store/stored.ts';

/** Seconds a session lives without use, and at most. */
const slidingLife = 60 * 60;
const absoluteLife = 24 * 60 * 60;

/** Most sessions of one principal: hosted Claude makes a new one for every call. */
const mostSessions = 5;

/** The protocol's levels, RFC 5424's. */
export const logLevels = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
] as const;

/** Most characters of JSON that a client may say about itself: each session keeps them. */
const longestInitialize = 32_000;

const storedSession = z.object({
  /** The params of the client's `initialize`, to be replayed on each instance that serves the session. */
  initialize: z.looseObject({ protocolVersion: z.string() }),
  logLevel: z.enum(logLevels).optional(),
  /** Milliseconds since the epoch. */
  expiresAt: z.number(),
});

export type LogLevel = (typeof logLevels)[number];
export type SessionData = z.output<typeof storedSession>;
export type Session = SessionData & { id: string };

/**
 * Opens a session for an `initialize`; one round trip. Beyond the principal's most, those give way that were not
 * used for longest: a client that initializes for every call must not end the sessions that others are using.
 * Undefined for a client that says too much about itself to be remembered.
 *
 * @param ph the principal's hash: it is part of every key, so that no other principal can reach the session.
 * @throws StoreUnavailable
 */
export async function createSession(
  config: Config,
  ph: string,
  initialize: Record<string, unknown>,
): Promise<string | undefined> {
  const id = randomBytes(24).toString('base64url');
  const now = Date.now();
  const data = JSON.stringify({ initialize, expiresAt: now + absoluteLife * 1000 });
  if (data.length > longestInitialize) return undefined;
  await withStore(config, (redis) =>
    redis.eval(
      createScript,
      [sessionsKey(ph), sessionKey(ph, id)],
      [id, data, now, mostSessions, slidingLife, absoluteLife, sessionKey(ph, ''), subscriptionsKey(ph, '')],
    ),
  );
  return id;
}

/**
 * The principal's session of that id or, without an id, the newest that still lives; one round trip, which
 * also prolongs it. Undefined when there is none: never made, expired, terminated, or someone else's.
 *
 * @throws StoreUnavailable
 */
export async function findSession(
  config: Config,
  ph: string,
  id: string | undefined,
): Promise<Session | undefined> {
  const [foundId, json] = await withStore(
    config,
    async (redis): Promise<[string?, (string | null)?]> =>
      id === undefined
        ? ((await redis.eval<unknown[], [string, string] | null>(
            newestScript,
            [sessionsKey(ph)],
            [slidingLife, sessionKey(ph, '')],
          )) ?? [])
        : [id, await redis.getex<string>(sessionKey(ph, id), { ex: slidingLife })],
    { retry: true },
  );
  const data = parseStored(storedSession, json);
  return foundId !== undefined && data && data.expiresAt > Date.now() ? { id: foundId, ...data } : undefined;
}

/** Keeps the log level that the client set, for the next instance. */
export async function updateSession(config: Config, ph: string, { id, ...data }: Session): Promise<void> {
  await withStore(config, (redis) =>
    redis.set(sessionKey(ph, id), JSON.stringify(data), { xx: true, keepTtl: true }),
  );
}

/** Ends a session; whether there was one. */
export async function endSession(config: Config, ph: string, id: string): Promise<boolean> {
  const [removed] = await withStore(config, (redis) =>
    redis
      .multi()
      .del(sessionKey(ph, id), subscriptionsKey(ph, id))
      .zrem(sessionsKey(ph), id)
      .exec<[number, number]>(),
  );
  return removed > 0;
}

// What is left of a session's sliding life tells when it was last used, at no cost to its use.
const createScript = `
local id, value, now, most, sliding, absolute, prefix, subscriptions = unpack(ARGV)
redis.call('SET', KEYS[2], value, 'EX', sliding)
redis.call('ZADD', KEYS[1], now, id)
redis.call('EXPIRE', KEYS[1], absolute)
local ids = redis.call('ZRANGE', KEYS[1], 0, -1)
while #ids > tonumber(most) do
  local oldest, leastLeft = 1, nil
  for index, each in ipairs(ids) do
    local left = redis.call('PTTL', prefix .. each)
    if each ~= id and (not leastLeft or left < leastLeft) then oldest, leastLeft = index, left end
  end
  local gone = table.remove(ids, oldest)
  redis.call('DEL', prefix .. gone, subscriptions .. gone)
  redis.call('ZREM', KEYS[1], gone)
end
return id
`;

const newestScript = `
for _, id in ipairs(redis.call('ZREVRANGE', KEYS[1], 0, -1)) do
  local value = redis.call('GETEX', ARGV[2] .. id, 'EX', ARGV[1])
  if value then return { id, value } end
end
return false
`;
