import { z } from 'zod';
import type { Config } from '../../../config.ts';
import { callsKey, leaseKey, mailboxKey, sessionsKey } from '../../../store/keys.ts';
import { withStore } from '../../../store/redis.ts';
import type { RequestId } from '../../json-rpc.ts';

/** How often a running call renews its lease. */
export const leaseRenewalMs = 4_000;

/** Without a renewal for this long, the call's instance counts as gone. */
const leaseMs = 3 * leaseRenewalMs;

/** A session's list of calls is kept this long after the last of them. It is longer than any call runs. */
const callsLifetimeSeconds = 15 * 60;

export type RunningCall = {
  principalHash: string;
  /** Undefined without a session: then no client can say which call it means. */
  sessionId: string | undefined;
  requestId: RequestId;
  invocation: string;
  startedAtMs: number;
};

/** A session's calls as the store lists them, field and value in turn: see `callField` and `cancelledField`. */
const calls = z.array(z.string());

/** How a call's request id is stored: a number and a string that look alike must differ. */
const callField = (requestId: RequestId) => JSON.stringify(requestId);

/** The field that notes when a request was cancelled. */
const cancelledField = (requestId: RequestId) => `cancelled ${callField(requestId)}`;

const announceReply = z.tuple([z.unknown(), z.number(), z.number(), z.string().nullable()]);

/** Lets other instances find a call, and starts its lease. Returns whether the call has been cancelled already. */
export async function announceCall(config: Config, call: RunningCall): Promise<boolean> {
  const { principalHash, sessionId, requestId, invocation, startedAtMs } = call;
  return withStore(config, async (redis) => {
    const pipeline = redis.pipeline().set(leaseKey(principalHash, invocation), '1', { px: leaseMs });
    if (sessionId === undefined) return pipeline.exec().then(() => false);
    const key = callsKey(principalHash, sessionId);
    const [, , , cancelledAtMs] = announceReply.parse(
      await pipeline
        .hset(key, { [invocation]: callField(requestId) })
        .expire(key, callsLifetimeSeconds)
        .hget(key, cancelledField(requestId))
        .exec(),
    );
    // An earlier cancellation was for another call: a client may use the same request id again.
    return Number(cancelledAtMs ?? 0) >= startedAtMs;
  });
}

/** Renews a call's lease. */
export async function renewLease(config: Config, { principalHash, invocation }: RunningCall): Promise<void> {
  await withStore(config, (redis) => redis.set(leaseKey(principalHash, invocation), '1', { px: leaseMs }));
}

/** Removes everything about a call that is over. */
export async function forgetCall(config: Config, call: RunningCall): Promise<void> {
  const { principalHash, sessionId, requestId, invocation } = call;
  await withStore(config, (redis) => {
    const pipeline = redis
      .pipeline()
      .del(leaseKey(principalHash, invocation), mailboxKey(principalHash, invocation));
    if (sessionId !== undefined)
      pipeline.hdel(callsKey(principalHash, sessionId), invocation, cancelledField(requestId));
    return pipeline.exec();
  });
}

/**
 * The invocation that a client's request runs as, or undefined if that is not certain: without a named session, or if
 * clients share one because they dropped its id, several calls may have the same request id. A call that is too young
 * to be announced learns that it was cancelled when it announces itself.
 */
export async function findCallToCancel(
  config: Config,
  principalHash: string,
  sessionId: string | undefined,
  requestId: RequestId,
): Promise<string | undefined> {
  const running =
    sessionId === undefined
      ? await callsOfAllSessions(config, principalHash)
      : await noteCancellation(config, callsKey(principalHash, sessionId), requestId);
  const [invocation, ...others] = running.filter((_, at) => running[at + 1] === callField(requestId));
  return others.length === 0 ? invocation : undefined;
}

/** Notes that a request was cancelled. Returns the session's calls. */
async function noteCancellation(config: Config, key: string, requestId: RequestId): Promise<string[]> {
  const [, , running] = await withStore(config, async (redis) =>
    z.tuple([z.number(), z.number(), calls]).parse(
      await redis
        .pipeline()
        .hset(key, { [cancelledField(requestId)]: Date.now() })
        .expire(key, callsLifetimeSeconds)
        .hgetall(key)
        .exec(),
    ),
  );
  return running;
}

async function callsOfAllSessions(config: Config, principalHash: string): Promise<string[]> {
  const sessionIds = await withStore(config, async (redis) =>
    z.array(z.string()).parse(await redis.zrange(sessionsKey(principalHash), 0, -1)),
  );
  if (sessionIds.length === 0) return [];
  const running = await withStore(config, async (redis) => {
    const pipeline = redis.pipeline();
    for (const id of sessionIds) pipeline.hgetall(callsKey(principalHash, id));
    return z.array(calls).parse(await pipeline.exec());
  });
  return running.flat();
}
