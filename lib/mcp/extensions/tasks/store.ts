import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Config } from '../../../config.ts';
import { log } from '../../../log.ts';
import { open, seal } from '../../../sealing.ts';
import { taskKey, taskLeaseKey, tasksKey } from '../../../store/keys.ts';
import { StoreUnavailable, withStore } from '../../../store/redis.ts';
import {
  changed,
  isOver,
  maxAgeMs,
  type Outcome,
  outcome,
  type Task,
  type TaskChange,
  type TaskRef,
  task,
} from './task.ts';

/** Tasks of one user in one client that are kept, those that ended included. */
const maxTasks = 50;

/** How often a change is tried that others get in the way of. */
const maxAttempts = 5;

/**
 * Stores a new task, unless there are too many.
 * KEYS: task, lease, tasks. ARGV: id, now, expiry, max, version, state, arguments, lease in ms, age in ms.
 */
const createScript = `
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ARGV[2])
if redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[4]) then return 0 end
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[3], ARGV[9])
redis.call('HSET', KEYS[1], 'version', ARGV[5], 'state', ARGV[6], 'arguments', ARGV[7])
redis.call('PEXPIRE', KEYS[1], ARGV[3] - ARGV[2])
redis.call('SET', KEYS[2], '1', 'PX', ARGV[8])
return 1
`;

/**
 * Changes a task, unless it was changed in the meantime.
 * KEYS: task, lease, tasks. ARGV: id, version before, version, state, now, expiry, outcome or '', lease in ms or 0.
 */
const changeScript = `
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[3], 'state', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[6] - ARGV[5])
redis.call('ZADD', KEYS[3], 'XX', ARGV[6], ARGV[1])
if ARGV[7] ~= '' then redis.call('HSET', KEYS[1], 'outcome', ARGV[7]) end
if ARGV[8] == '0' then redis.call('DEL', KEYS[2]) else redis.call('SET', KEYS[2], '1', 'PX', ARGV[8]) end
return 1
`;

const keysOf = ({ principalHash, taskId }: TaskRef) => [
  taskKey(principalHash, taskId),
  taskLeaseKey(principalHash, taskId),
  tasksKey(principalHash),
];

/**
 * Stores a new task with a lease. Returns false if the user has too many in this client.
 *
 * @throws StoreUnavailable
 */
export async function createTask(
  config: Config,
  ref: TaskRef,
  created: Task,
  args: Record<string, unknown>,
  leaseMs: number,
): Promise<boolean> {
  const { createdAtMs, expiresAtMs, version } = created;
  const stored = await withStore(config, (redis) =>
    redis.eval(createScript, keysOf(ref), [
      ...[ref.taskId, createdAtMs, expiresAtMs, maxTasks, version],
      ...[sealed(config, ref, 'state', created), sealed(config, ref, 'arguments', args), leaseMs, maxAgeMs],
    ]),
  );
  return Number(stored) === 1;
}

const foundTask = z.tuple([
  z.tuple([z.string().nullable(), z.string().nullable(), z.string().nullable(), z.string().nullable()]),
  z.number(),
]);

export type FoundTask = {
  task: Task;
  outcome: Outcome | undefined;
  args: Record<string, unknown> | undefined;
  /** Whether somebody works on it. */
  leased: boolean;
};

/**
 * Reads a task, in one round trip. Undefined if this principal has none with that id.
 *
 * @param options.args read its arguments too.
 * @throws StoreUnavailable
 */
export async function readTask(
  config: Config,
  ref: TaskRef,
  options: { args?: boolean } = {},
): Promise<FoundTask | undefined> {
  const [key = '', lease = ''] = keysOf(ref);
  const fields = ['version', 'state', 'outcome', options.args ? 'arguments' : 'none'];
  const [[version, state, end, args], leased] = await withStore(
    config,
    async (redis) =>
      foundTask.parse(
        await redis
          .pipeline()
          .hmget(key, ...fields)
          .exists(lease)
          .exec(),
      ),
    { retry: true },
  );
  const found = opened(config, ref, 'state', task, state);
  // A state that was put back in the place of a later one is not believed.
  if (!found || String(found.version) !== version) return undefined;
  return {
    task: found,
    outcome: opened(config, ref, 'outcome', outcome, end),
    args: opened(config, ref, 'arguments', z.record(z.string(), z.unknown()), args),
    leased: leased > 0,
  };
}

/**
 * Changes a task as it is now, however many try at once.
 *
 * @param known the task as it was last seen: saves a round trip.
 * @param change gives what to set, or undefined to leave the task as it is. Not called if the task is over.
 * @returns the task after the change. Undefined if it was left as it is, is over, or does not exist.
 * @throws StoreUnavailable
 */
export async function changeTask(
  config: Config,
  ref: TaskRef,
  known: Task | undefined,
  change: (task: Task) => TaskChange | undefined,
): Promise<Task | undefined> {
  let before = known;
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    before ??= (await readTask(config, ref))?.task;
    const next = before && !isOver(before) ? change(before) : undefined;
    if (!before || !next) return undefined;
    const after = changed(before, next);
    if (await replaceTask(config, ref, before, after, next)) return after;
    before = undefined;
    await sleep(Math.random() * 50);
  }
  throw new StoreUnavailable('a task changes too fast');
}

async function replaceTask(
  config: Config,
  ref: TaskRef,
  before: Task,
  after: Task,
  { outcome: end, leaseMs = 0 }: TaskChange,
): Promise<boolean> {
  const replaced = await withStore(config, (redis) =>
    redis.eval(changeScript, keysOf(ref), [
      ...[ref.taskId, before.version, after.version, sealed(config, ref, 'state', after)],
      ...[after.updatedAtMs, after.expiresAtMs, end ? sealed(config, ref, 'outcome', end) : '', leaseMs],
    ]),
  );
  return Number(replaced) === 1;
}

/**
 * Says that somebody still works on a task. Returns its version, by which its worker notices that others changed it.
 *
 * @throws StoreUnavailable
 */
export async function renewLease(config: Config, ref: TaskRef, leaseMs: number): Promise<number | undefined> {
  const [key = '', lease = ''] = keysOf(ref);
  const [, version] = await withStore(
    config,
    async (redis) =>
      z
        .tuple([z.unknown(), z.string().nullable()])
        .parse(await redis.pipeline().set(lease, '1', { px: leaseMs }).hget(key, 'version').exec()),
    { retry: true },
  );
  return version === null ? undefined : Number(version);
}

const sealedField = z.object({ place: z.string(), value: z.unknown() });

/** A value that opens only in this place of this task. */
function sealed(config: Config, ref: TaskRef, field: string, value: unknown): string {
  return seal(config, 'task', { place: placeOf(ref, field), value }, (2 * maxAgeMs) / 1000);
}

function opened<S extends z.ZodType>(
  config: Config,
  ref: TaskRef,
  field: string,
  schema: S,
  text: string | null,
): z.output<S> | undefined {
  if (text === null) return undefined;
  const result = open(config, 'task', sealedField, text);
  if ('value' in result && result.value.place === placeOf(ref, field)) {
    const parsed = schema.safeParse(result.value.value);
    if (parsed.success) return parsed.data;
  }
  log('warn', 'stored task not authentic, ignored', { field });
  return undefined;
}

const placeOf = ({ principalHash, taskId }: TaskRef, field: string) => `${principalHash} ${taskId} ${field}`;
