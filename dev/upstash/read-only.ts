import type { Bytes, Failure } from './backend.ts';

/**
 * What Upstash's read-only token may do: commands that only read. Enforces, from Upstash's page "REST API": no command that
 * writes, and none of "some powerful read commands (e.g. SCAN, KEYS)", of which it names these two. Scripts count as writing.
 */
const readers = new Set(
  `
  BITCOUNT BITFIELD_RO BITPOS DBSIZE DUMP ECHO EXISTS EXPIRETIME GEODIST GEOHASH GEOPOS GEOSEARCH GET GETBIT GETRANGE
  HEXISTS HEXPIRETIME HGET HGETALL HKEYS HLEN HMGET HPEXPIRETIME HPTTL HRANDFIELD HSCAN HSTRLEN HTTL HVALS LINDEX LLEN LPOS
  LRANGE MGET PEXPIRETIME PFCOUNT PING PTTL RANDOMKEY SCARD SDIFF SINTER SINTERCARD SISMEMBER SMEMBERS SMISMEMBER
  SRANDMEMBER SSCAN STRLEN SUNION TIME TTL TYPE XINFO XLEN XPENDING XRANGE XREAD XREVRANGE ZCARD ZCOUNT ZDIFF ZINTER
  ZINTERCARD ZLEXCOUNT ZMSCORE ZRANDMEMBER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANK ZREVRANGE ZREVRANGEBYLEX ZREVRANGEBYSCORE
  ZREVRANK ZSCAN ZSCORE ZUNION
  `.match(/\S+/g),
);

/** The error for a command that the read-only token may not run, or undefined. */
export function notPermitted([name = '']: Bytes[]): Failure | undefined {
  if (readers.has(name.toUpperCase())) return undefined;
  return {
    error: `NOPERM this user has no permissions to run the '${name.toLowerCase().slice(0, 128)}' command or its subcommand`,
  };
}
