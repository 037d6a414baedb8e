type Argument = string | number;

/** A command as Redis takes it. `reply` is never there: it only carries the type of what the store answers. */
export type Command<Reply = unknown> = Argument[] & { reply?: Reply };

type SetOptions = {
  /** Seconds, or milliseconds, after which the key is gone. */
  ex?: number;
  px?: number;
  /** Keeps the time that the key has left. */
  keepTtl?: boolean;
  /** Only if the key does not exist; only if it does. */
  nx?: boolean;
  xx?: boolean;
};

type AppendOptions = {
  /** Not if the stream does not exist. */
  nomkStream?: boolean;
  /** How many entries stay, exactly (`=`) or about (`~`). */
  trim: { comparison: '=' | '~'; threshold: number };
};

const command = <Reply>(...words: Argument[]): Command<Reply> => words;

const pairsOf = (fields: Record<string, Argument>) => Object.entries(fields).flat();

/** The Redis commands that this server uses, by their arguments. */
export const commands = {
  del: (...keys: string[]) => command<number>('DEL', ...keys),
  eval: (script: string, keys: string[], args: Argument[]) =>
    command<unknown>('EVAL', script, keys.length, ...keys, ...args),
  exists: (...keys: string[]) => command<number>('EXISTS', ...keys),
  expire: (key: string, seconds: number) => command<number>('EXPIRE', key, seconds),
  get: (key: string) => command<string | null>('GET', key),
  getdel: (key: string) => command<string | null>('GETDEL', key),
  hdel: (key: string, ...fields: string[]) => command<number>('HDEL', key, ...fields),
  hget: (key: string, field: string) => command<string | null>('HGET', key, field),
  /** Fields and values in turn. */
  hgetall: (key: string) => command<string[]>('HGETALL', key),
  hlen: (key: string) => command<number>('HLEN', key),
  hmget: (key: string, ...fields: string[]) => command<(string | null)[]>('HMGET', key, ...fields),
  hset: (key: string, fields: Record<string, Argument>) => command<number>('HSET', key, ...pairsOf(fields)),
  hsetnx: (key: string, field: string, value: string) => command<number>('HSETNX', key, field, value),
  incr: (key: string) => command<number>('INCR', key),
  mget: (...keys: string[]) => command<(string | null)[]>('MGET', ...keys),
  ping: () => command<string>('PING'),
  publish: (channel: string, message: string) => command<number>('PUBLISH', channel, message),
  sadd: (key: string, ...members: string[]) => command<number>('SADD', key, ...members),
  scan: (cursor: string, pattern: string, count: number) =>
    command<unknown>('SCAN', cursor, 'MATCH', pattern, 'COUNT', count),
  scard: (key: string) => command<number>('SCARD', key),
  set: (key: string, value: string, { ex, px, keepTtl, nx, xx }: SetOptions = {}) =>
    command<'OK' | null>(
      ...['SET', key, value],
      ...(ex === undefined ? [] : ['EX', ex]),
      ...(px === undefined ? [] : ['PX', px]),
      ...(keepTtl ? ['KEEPTTL'] : []),
      ...(nx ? ['NX'] : []),
      ...(xx ? ['XX'] : []),
    ),
  smismember: (key: string, members: string[]) => command<number[]>('SMISMEMBER', key, ...members),
  srem: (key: string, ...members: string[]) => command<number>('SREM', key, ...members),
  xadd: (key: string, id: string, fields: Record<string, string>, { nomkStream, trim }: AppendOptions) =>
    command<string | null>(
      ...['XADD', key, ...(nomkStream ? ['NOMKSTREAM'] : [])],
      ...['MAXLEN', trim.comparison, trim.threshold, id, ...pairsOf(fields)],
    ),
  ttl: (key: string) => command<number>('TTL', key),
  /** Entries after an id: each its id, then fields and values in turn. */
  xrange: (key: string, start: string, end: string, count: number) =>
    command<unknown>('XRANGE', key, start, end, 'COUNT', count),
  xrevrange: (key: string, end: string, start: string, count: number) =>
    command<unknown>('XREVRANGE', key, end, start, 'COUNT', count),
  zrange: (key: string, start: number, stop: number) => command<string[]>('ZRANGE', key, start, stop),
  zrem: (key: string, ...members: string[]) => command<number>('ZREM', key, ...members),
};

export type Commands = typeof commands;
