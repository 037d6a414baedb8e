import { z } from 'zod';
import type { Config } from '../../config.ts';
import { callsKey, leaseKey, mailboxKey } from '../../store/keys.ts';
import { withStore } from '../../store/redis.ts';
import type { RequestId } from '../json-rpc.ts';

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
};

const field = (requestId: RequestId) => JSON.stringify(requestId);
const cancelled = (requestId: RequestId) => `cancelled ${field(requestId)}`;

/** Makes a call findable for other instances, and shows that it lives; whether it has been cancelled meanwhile. */
export async function announceCall(config: Config, call: RunningCall): Promise<boolean> {
  const { ph, sessionId, requestId, invocation } = call;
  return withStore(config, async (redis) => {
    const pipeline = redis.pipeline().set(leaseKey(ph, invocation), '1', { px: leaseLife });
    if (sessionId === undefined) return pipeline.exec().then(() => false);
    const key = callsKey(ph, sessionId);
    const replies = await pipeline
      .hset(key, { [field(requestId)]: invocation })
      .expire(key, callsLife)
      .hget(key, cancelled(requestId))
      .exec<[unknown, number, number, string | null]>();
    return replies[3] !== null;
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
    if (sessionId !== undefined)
      pipeline.hdel(callsKey(ph, sessionId), field(requestId), cancelled(requestId));
    return pipeline.exec();
  });
}

/**
 * The invocation that a session's request runs as. A call that is too young to be announced finds out that it
 * was cancelled when it announces itself.
 */
export async function findCallToCancel(
  config: Config,
  ph: string,
  sessionId: string,
  requestId: RequestId,
): Promise<string | undefined> {
  const key = callsKey(ph, sessionId);
  const [, , invocation] = await withStore(config, (redis) =>
    redis
      .pipeline()
      .hset(key, { [cancelled(requestId)]: '1' })
      .expire(key, callsLife)
      .hget(key, field(requestId))
      .exec<[number, number, string | null]>(),
  );
  return z.string().safeParse(invocation).data;
}
