import type { Config } from '../../../config.ts';
import { callsKey, leaseKey, mailboxKey, sessionsKey } from '../../../store/keys.ts';
import { withStore } from '../../../store/redis.ts';
import type { RequestId } from '../../json-rpc.ts';

/** Milliseconds between signs of life, and until their absence means that the instance is gone. */
export const beat = 4_000;
const leaseLife = 3 * beat;

/** Seconds a session's list of calls outlives the last of them; longer than any call. */
const callsLife = 15 * 60;

export type RunningCall = {
  ph: string;
  /** Undefined without a session: then nobody can say which call they mean. */
  sessionId: string | undefined;
  requestId: RequestId;
  invocation: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
};

const named = (requestId: RequestId) => JSON.stringify(requestId);
const cancelled = (requestId: RequestId) => `cancelled ${named(requestId)}`;

/** Makes a call findable for other instances, and shows that it lives; whether it has been cancelled meanwhile. */
export async function announceCall(config: Config, call: RunningCall): Promise<boolean> {
  const { ph, sessionId, requestId, invocation, startedAt } = call;
  return withStore(config, async (redis) => {
    const pipeline = redis.pipeline().set(leaseKey(ph, invocation), '1', { px: leaseLife });
    if (sessionId === undefined) return pipeline.exec().then(() => false);
    const key = callsKey(ph, sessionId);
    const replies = await pipeline
      .hset(key, { [invocation]: named(requestId) })
      .expire(key, callsLife)
      .hget(key, cancelled(requestId))
      .exec<[unknown, number, number, string | null]>();
    // A client may number another call alike later: what was cancelled before this one began is another.
    return Number(replies[3] ?? 0) >= startedAt;
  });
}

/** Renews the sign of life. */
export async function prolongCall(config: Config, { ph, invocation }: RunningCall): Promise<void> {
  await withStore(config, (redis) => redis.set(leaseKey(ph, invocation), '1', { px: leaseLife }));
}

/** Removes everything about a call that is over. */
export async function forgetCall(config: Config, call: RunningCall): Promise<void> {
  const { ph, sessionId, requestId, invocation } = call;
  await withStore(config, (redis) => {
    const pipeline = redis.pipeline().del(leaseKey(ph, invocation), mailboxKey(ph, invocation));
    if (sessionId !== undefined) pipeline.hdel(callsKey(ph, sessionId), invocation, cancelled(requestId));
    return pipeline.exec();
  });
}

/**
 * The invocation that a client's request runs as, if that is certain: without a session named, or where clients
 * share one because they dropped its id, several calls may bear the same number. A call that is too young to be
 * announced finds out that it was cancelled when it announces itself.
 */
export async function findCallToCancel(
  config: Config,
  ph: string,
  sessionId: string | undefined,
  requestId: RequestId,
): Promise<string | undefined> {
  const running =
    sessionId === undefined
      ? await runningInAnySession(config, ph)
      : await runningIn(config, callsKey(ph, sessionId), requestId);
  const [invocation, ...others] = running.filter((_, at) => running[at + 1] === named(requestId));
  return others.length === 0 ? invocation : undefined;
}

/** A session's calls as the store lists them, invocation and request id in turn; notes the cancellation. */
async function runningIn(config: Config, key: string, requestId: RequestId): Promise<string[]> {
  const [, , calls] = await withStore(config, (redis) =>
    redis
      .pipeline()
      .hset(key, { [cancelled(requestId)]: Date.now() })
      .expire(key, callsLife)
      .hgetall(key)
      .exec<[number, number, string[]]>(),
  );
  return calls;
}

async function runningInAnySession(config: Config, ph: string): Promise<string[]> {
  const sessions = await withStore(config, (redis) => redis.zrange<string[]>(sessionsKey(ph), 0, -1));
  if (sessions.length === 0) return [];
  const calls = await withStore(config, (redis) => {
    const pipeline = redis.pipeline();
    for (const id of sessions) pipeline.hgetall(callsKey(ph, id));
    return pipeline.exec<string[][]>();
  });
  return calls.flat();
}
