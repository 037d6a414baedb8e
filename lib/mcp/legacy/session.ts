import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Config } from '../../config.ts';
import { sessionKey, sessionsKey, subscriptionsKey } from '../../store/keys.ts';
import { readRecord, signedRecord } from '../../store/record.ts';
import { inBatch, withStore } from '../../store/redis.ts';
import { createScript, setLogLevelScript, useScript } from './session-scripts.ts';

/** How long a session lives after its latest use, once it has been used a second time. */
const slidingLifetimeSeconds = 60 * 60;

/** The same for a session that was used once or never: hosted Claude initializes for every call. */
const initialLifetimeSeconds = 10 * 60;

/** How long a session lives in all. */
const absoluteLifetimeSeconds = 24 * 60 * 60;

/** Sessions of one principal: 64 windows of a client, and room for sessions that are used once. */
const maxSessions = 80;

/** What all sessions of a principal may store of their clients' `initialize`, and what one of them may. */
const maxTotalBytes = 256 * 1024;
const maxInitializeBytes = 32_000;

/** The protocol's log levels (RFC 5424). */
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
export type LogLevel = (typeof logLevels)[number];

const initializeParams = z.looseObject({ protocolVersion: z.string() });

export type Session = {
  id: string;
  /** The params of the client's `initialize`. They are replayed on each instance that serves the session. */
  initialize: z.infer<typeof initializeParams>;
  /** The log level that the client set. */
  logLevel: LogLevel | undefined;
};

/** What `useScript` returns: the session's id and fields, or null if there is no session. */
const useReply = z.tuple([z.string(), z.string().nullable(), z.enum(logLevels).nullable()]).nullable();

/**
 * A new session id: the time it was made, the size of its `initialize`, and 120 random bits. Sorted, a principal's ids
 * are in the order in which they were made, and their sizes are known without reading the sessions.
 */
function newSessionId(nowMs: number, bytes: number): string {
  const time = nowMs.toString(36).padStart(9, '0');
  return `${time}${bytes.toString(36).padStart(3, '0')}${randomBytes(15).toString('base64url')}`;
}

/**
 * Opens a session for an `initialize`, in one round trip. Beyond the principal's maximum of sessions or bytes, the ones
 * that would end first are removed: those used once or never, then those unused for longest.
 *
 * @returns the session's id, or undefined if the client sends more about itself than a session stores.
 * @throws StoreUnavailable
 */
export async function createSession(
  config: Config,
  principalHash: string,
  initialize: Record<string, unknown>,
): Promise<string | undefined> {
  const bytes = Buffer.byteLength(JSON.stringify(initialize));
  if (bytes > maxInitializeBytes) return undefined;
  const nowMs = Date.now();
  const id = newSessionId(nowMs, bytes);
  const key = sessionKey(principalHash, id);
  const record = signedRecord(config, key, initialize);
  await withStore(config, (redis) =>
    redis.eval(
      createScript,
      [sessionsKey(principalHash), key],
      [
        ...[id, record, bytes, nowMs, nowMs + absoluteLifetimeSeconds * 1_000],
        ...[initialLifetimeSeconds, slidingLifetimeSeconds, maxSessions, maxTotalBytes],
        ...[sessionKey(principalHash, ''), subscriptionsKey(principalHash, '')],
      ],
    ),
  );
  return id;
}

/**
 * Finds the principal's session with this id or, without an id, its newest session, and prolongs it, in the same round
 * trip as other reads of the turn (`inBatch`).
 *
 * @param principalHash is part of every key, so no other principal can reach the session.
 * @returns undefined if there is no such session: never made, expired, ended, or another principal's.
 * @throws StoreUnavailable
 */
export async function useSession(
  config: Config,
  principalHash: string,
  id: string | undefined,
): Promise<Session | undefined> {
  const args = [id ?? '', Date.now(), initialLifetimeSeconds, slidingLifetimeSeconds];
  const [raw] = await inBatch<[unknown]>(config, (pipeline) =>
    pipeline.eval(useScript, [sessionsKey(principalHash)], [...args, sessionKey(principalHash, '')]),
  );
  const reply = useReply.safeParse(raw).data;
  if (!reply) return undefined;
  const [foundId, record, logLevel] = reply;
  const initialize = readRecord(config, sessionKey(principalHash, foundId), initializeParams, record);
  return initialize && { id: foundId, initialize, logLevel: logLevel ?? undefined };
}

/** Keeps the log level that the client set, for the next instance. Does not revive a session that has ended. */
export async function setLogLevel(
  config: Config,
  principalHash: string,
  id: string,
  logLevel: LogLevel,
): Promise<void> {
  await withStore(config, (redis) =>
    redis.eval(setLogLevelScript, [sessionKey(principalHash, id)], [logLevel]),
  );
}

/** Ends a session. Returns whether it existed. */
export async function endSession(config: Config, principalHash: string, id: string): Promise<boolean> {
  const [removed] = await withStore(config, async (redis) =>
    z
      .tuple([z.number(), z.number(), z.number()])
      .parse(
        await redis
          .multi()
          .del(sessionKey(principalHash, id))
          .del(subscriptionsKey(principalHash, id))
          .zrem(sessionsKey(principalHash), id)
          .exec(),
      ),
  );
  return removed > 0;
}
