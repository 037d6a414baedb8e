import { expect } from 'vitest';

/** A command (its words apart by spaces, or in an array) and its reply; or milliseconds to wait. */
export type Step = [command: string | (string | number)[], reply: unknown];
export type Behaviour = { title: string; steps: (Step | number)[] };

const error = (message: string) => ({ error: message });
const WRONG_TYPE = error('WRONGTYPE Operation against a key holding the wrong kind of value');
const NOT_INTEGER = error('ERR value is not an integer or out of range');
const between = (low: number, high: number) => expect.toSatisfy((n: number) => n >= low && n <= high);

const strings: Behaviour[] = [
  {
    title: 'SET and GET keep any text',
    steps: [
      [['SET', 'k', 'é✓ "\n'], 'OK'],
      ['GET k', 'é✓ "\n'],
    ],
  },
  { title: 'GET of an absent key is null', steps: [['GET k', null]] },
  {
    title: 'GET of a hash is WRONGTYPE',
    steps: [
      ['HSET k f v', 1],
      ['GET k', WRONG_TYPE],
    ],
  },
  {
    title: 'SET replaces a value of any type',
    steps: [
      ['HSET k f v', 1],
      ['SET k v', 'OK'],
      ['TYPE k', 'string'],
    ],
  },
  {
    title: 'SET NX keeps what is there, SET XX needs it',
    steps: [
      ['SET k 1 XX', null],
      ['SET k 1 NX', 'OK'],
      ['SET k 2 NX', null],
      ['SET k 3 XX', 'OK'],
      ['GET k', '3'],
    ],
  },
  {
    title: 'SET GET answers the former value',
    steps: [
      ['SET k 1 GET', null],
      ['SET k 2 NX GET', '1'],
      ['GET k', '1'],
    ],
  },
  {
    title: 'SET KEEPTTL keeps the expiry',
    steps: [
      ['SET k 1 EX 100', 'OK'],
      ['SET k 2 KEEPTTL', 'OK'],
      ['TTL k', 100],
    ],
  },
  {
    title: 'SET ends an earlier expiry',
    steps: [
      ['SET k 1 EX 100', 'OK'],
      ['SET k 2', 'OK'],
      ['TTL k', -1],
    ],
  },
  { title: 'SET refuses options that contradict', steps: [['SET k v EX 1 PX 1', error('ERR syntax error')]] },
  {
    title: 'SET refuses an expiry of zero or none',
    steps: [
      ['SET k v EX 0', error("ERR invalid expire time in 'set' command")],
      ['SET k v EX soon', NOT_INTEGER],
    ],
  },
  {
    title: 'SET without a value has the wrong arity',
    steps: [['SET k', error("ERR wrong number of arguments for 'set' command")]],
  },
  {
    title: 'SETEX sets value and expiry',
    steps: [
      ['SETEX k 100 v', 'OK'],
      ['TTL k', 100],
    ],
  },
  {
    title: 'SETNX sets once',
    steps: [
      ['SETNX k 1', 1],
      ['SETNX k 2', 0],
      ['GET k', '1'],
    ],
  },
  {
    title: 'GETEX reads and prolongs',
    steps: [
      ['SET k v', 'OK'],
      ['GETEX k EX 100', 'v'],
      ['TTL k', 100],
      ['GETEX k PERSIST', 'v'],
      ['TTL k', -1],
    ],
  },
  {
    title: 'GETDEL reads once',
    steps: [
      ['SET k v', 'OK'],
      ['GETDEL k', 'v'],
      ['GETDEL k', null],
    ],
  },
  {
    title: 'MSET and MGET go over several keys',
    steps: [
      ['MSET a 1 b 2', 'OK'],
      ['HSET h f v', 1],
      ['MGET a x b h', ['1', null, '2', null]],
    ],
  },
  {
    title: 'STRLEN and APPEND count bytes',
    steps: [
      ['APPEND k é', 2],
      ['APPEND k a', 3],
      ['STRLEN k', 3],
    ],
  },
  {
    title: 'INCR counts from nothing',
    steps: [
      ['INCR k', 1],
      ['INCRBY k 41', 42],
      ['DECR k', 41],
      ['DECRBY k 40', 1],
    ],
  },
  {
    title: 'INCR refuses text',
    steps: [
      ['SET k v', 'OK'],
      ['INCR k', NOT_INTEGER],
    ],
  },
  {
    title: 'INCR keeps the expiry',
    steps: [
      ['SET k 1 EX 100', 'OK'],
      ['INCR k', 2],
      ['TTL k', 100],
    ],
  },
  {
    title: 'INCR refuses to overflow',
    steps: [
      ['SET k 9223372036854775807', 'OK'],
      ['INCR k', error('ERR increment or decrement would overflow')],
    ],
  },
];

const keys: Behaviour[] = [
  {
    title: 'a value is gone when its time is over',
    steps: [['SET k v PX 30', 'OK'], ['GET k', 'v'], 45, ['GET k', null], ['DBSIZE', 0]],
  },
  {
    title: 'EXPIRE in the past deletes',
    steps: [
      ['SET k v', 'OK'],
      ['EXPIRE k -1', 1],
      ['EXISTS k', 0],
    ],
  },
  { title: 'EXPIRE of an absent key is 0', steps: [['EXPIRE k 10', 0]] },
  {
    title: 'EXPIRE NX, XX, GT and LT are conditions',
    steps: [
      ['SET k v', 'OK'],
      ['EXPIRE k 10 XX', 0],
      ['EXPIRE k 10 NX', 1],
      ['EXPIRE k 5 GT', 0],
      ['EXPIRE k 5 LT', 1],
      ['TTL k', 5],
    ],
  },
  { title: 'PEXPIRE ends a hash', steps: [['HSET k f v', 1], ['PEXPIRE k 30', 1], 45, ['HGETALL k', []]] },
  {
    title: 'PTTL counts milliseconds',
    steps: [
      ['SET k v PX 5000', 'OK'],
      ['PTTL k', between(4000, 5000)],
    ],
  },
  {
    title: 'TTL tells no key from no expiry',
    steps: [
      ['TTL k', -2],
      ['SET k v', 'OK'],
      ['TTL k', -1],
    ],
  },
  {
    title: 'EXPIREAT and EXPIRETIME speak of the same moment',
    steps: [
      ['SET k v', 'OK'],
      ['EXPIREAT k 4000000000', 1],
      ['EXPIRETIME k', 4000000000],
      ['PEXPIRETIME k', 4000000000000],
    ],
  },
  {
    title: 'PEXPIREAT sets milliseconds',
    steps: [
      ['SET k v', 'OK'],
      ['PEXPIREAT k 4000000000123', 1],
      ['PEXPIRETIME k', 4000000000123],
    ],
  },
  {
    title: 'PERSIST ends an expiry',
    steps: [
      ['SET k v EX 100', 'OK'],
      ['PERSIST k', 1],
      ['PERSIST k', 0],
      ['TTL k', -1],
    ],
  },
  {
    title: 'DEL, UNLINK and EXISTS count',
    steps: [
      ['MSET a 1 b 2', 'OK'],
      ['EXISTS a a x', 2],
      ['DEL a x', 1],
      ['UNLINK b', 1],
    ],
  },
  {
    title: 'TYPE names what is there',
    steps: [
      ['TYPE k', 'none'],
      ['ZADD k 1 m', 1],
      ['TYPE k', 'zset'],
    ],
  },
  {
    title: 'KEYS takes a pattern',
    steps: [
      ['MSET s:1 a p:1 b', 'OK'],
      ['KEYS s:*', ['s:1']],
      ['KEYS ?:[2-9]', []],
    ],
  },
  {
    title: 'SCAN takes a pattern and a type',
    steps: [
      ['SET s:1 a', 'OK'],
      ['HSET s:2 f v', 1],
      ['SCAN 0 MATCH s:* TYPE hash COUNT 100', ['0', ['s:2']]],
    ],
  },
  {
    title: 'FLUSHDB empties',
    steps: [
      ['SET k v', 'OK'],
      ['FLUSHDB', 'OK'],
      ['DBSIZE', 0],
    ],
  },
];

const hashes: Behaviour[] = [
  {
    title: 'HSET counts new fields',
    steps: [
      ['HSET k a 1 b 2', 2],
      ['HSET k a 3 c 4', 1],
      ['HGETALL k', ['a', '3', 'b', '2', 'c', '4']],
    ],
  },
  {
    title: 'HSET with a field but no value has the wrong arity',
    steps: [['HSET k a 1 b', error("ERR wrong number of arguments for 'hset' command")]],
  },
  {
    title: 'HSETNX sets once',
    steps: [
      ['HSETNX k f 1', 1],
      ['HSETNX k f 2', 0],
      ['HGET k f', '1'],
    ],
  },
  {
    title: 'HMGET answers null for what is absent',
    steps: [
      ['HSET k a 1', 1],
      ['HMGET k a b', ['1', null]],
    ],
  },
  {
    title: 'HDEL of the last field ends the key',
    steps: [
      ['HSET k a 1', 1],
      ['HDEL k a b', 1],
      ['EXISTS k', 0],
    ],
  },
  {
    title: 'HEXISTS, HLEN, HKEYS and HVALS look at it',
    steps: [
      ['HSET k a 1', 1],
      ['HEXISTS k a', 1],
      ['HLEN k', 1],
      ['HKEYS k', ['a']],
      ['HVALS k', ['1']],
    ],
  },
  {
    title: 'HINCRBY refuses text',
    steps: [
      ['HINCRBY k f 2', 2],
      ['HSET k t x', 1],
      ['HINCRBY k t 1', error('ERR hash value is not an integer')],
    ],
  },
];

const lists: Behaviour[] = [
  {
    title: 'LPUSH and RPUSH build from both ends',
    steps: [
      ['RPUSH k b c', 2],
      ['LPUSH k a z', 4],
      ['LRANGE k 0 -1', ['z', 'a', 'b', 'c']],
    ],
  },
  {
    title: 'LPOP and RPOP take one, or so many',
    steps: [
      ['RPUSH k a b c d', 4],
      ['LPOP k', 'a'],
      ['RPOP k 2', ['d', 'c']],
      ['LPOP k 5', ['b']],
      ['LPOP k 1', null],
      ['EXISTS k', 0],
    ],
  },
  {
    title: 'LPOP refuses a negative count',
    steps: [
      ['RPUSH k a', 1],
      ['LPOP k -1', error('ERR value is out of range, must be positive')],
    ],
  },
  {
    title: 'LTRIM keeps a range',
    steps: [
      ['RPUSH k a b c', 3],
      ['LTRIM k 1 -1', 'OK'],
      ['LRANGE k 0 9', ['b', 'c']],
      ['LLEN k', 2],
    ],
  },
  {
    title: 'LREM removes from either end',
    steps: [
      ['RPUSH k a b a c a', 5],
      ['LREM k -2 a', 2],
      ['LRANGE k 0 -1', ['a', 'b', 'c']],
    ],
  },
];

const sets: Behaviour[] = [
  {
    title: 'SADD counts new members',
    steps: [
      ['SADD k a b', 2],
      ['SADD k b c', 1],
      ['SCARD k', 3],
    ],
  },
  {
    title: 'SISMEMBER and SMISMEMBER ask',
    steps: [
      ['SADD k a', 1],
      ['SISMEMBER k a', 1],
      ['SMISMEMBER k a b', [1, 0]],
    ],
  },
  {
    title: 'SREM of the last member ends the key',
    steps: [
      ['SADD k a', 1],
      ['SMEMBERS k', ['a']],
      ['SREM k a', 1],
      ['EXISTS k', 0],
    ],
  },
];

const sortedSets: Behaviour[] = [
  {
    title: 'ZRANGE is in order of score, then bytes',
    steps: [
      ['ZADD k 2 a 1 b 1 B', 3],
      ['ZRANGE k 0 -1 WITHSCORES', ['B', '1', 'b', '1', 'a', '2']],
    ],
  },
  {
    title: 'ZADD flags decide what changes',
    steps: [
      ['ZADD k 5 a', 1],
      ['ZADD k NX 9 a', 0],
      ['ZADD k XX 1 b', 0],
      ['ZADD k GT CH 3 a', 0],
      ['ZADD k LT CH 3 a', 1],
      ['ZADD k INCR 2 a', '5'],
    ],
  },
  {
    title: 'ZADD refuses flags that contradict',
    steps: [['ZADD k NX GT 1 a', error('ERR GT, LT, and/or NX options at the same time are not compatible')]],
  },
  {
    title: 'ZADD refuses a score that is no number',
    steps: [['ZADD k x a', error('ERR value is not a valid float')]],
  },
  {
    title: 'ZRANGE BYSCORE, REV and LIMIT select',
    steps: [
      ['ZADD k 1 a 2 b 3 c', 3],
      ['ZRANGE k (1 +inf BYSCORE', ['b', 'c']],
      ['ZRANGE k 3 1 BYSCORE REV LIMIT 1 1', ['b']],
    ],
  },
  {
    title: 'ZRANGE BYLEX selects by bytes',
    steps: [
      ['ZADD k 0 a 0 b 0 c', 3],
      ['ZRANGE k [b + BYLEX', ['b', 'c']],
      ['ZRANGE k - (b BYLEX', ['a']],
    ],
  },
  {
    title: 'ZREVRANGE and ZRANGEBYSCORE select too',
    steps: [
      ['ZADD k 1 a 2 b', 2],
      ['ZREVRANGE k 0 0', ['b']],
      ['ZRANGEBYSCORE k -inf 1 WITHSCORES', ['a', '1']],
    ],
  },
  {
    title: 'ZSCORE has all the digits of Redis 7.0',
    steps: [
      ['ZADD k 0.1 a', 1],
      ['ZSCORE k a', '0.10000000000000001'],
      ['ZINCRBY k 0.9 a', '1'],
      ['ZSCORE k x', null],
    ],
  },
  {
    title: 'ZRANK, ZCARD and ZCOUNT count',
    steps: [
      ['ZADD k 1 a 2 b', 2],
      ['ZRANK k b', 1],
      ['ZRANK k x', null],
      ['ZCARD k', 2],
      ['ZCOUNT k 1 (2', 1],
    ],
  },
  {
    title: 'ZREMRANGEBYRANK keeps the newest five',
    steps: [
      ['ZADD k 1 a 2 b 3 c 4 d 5 e 6 f', 6],
      ['ZREMRANGEBYRANK k 0 -6', 1],
      ['ZRANGE k 0 0', ['b']],
    ],
  },
  {
    title: 'ZREMRANGEBYSCORE and ZREM remove',
    steps: [
      ['ZADD k 1 a 2 b', 2],
      ['ZREMRANGEBYSCORE k -inf 1', 1],
      ['ZREM k b', 1],
      ['EXISTS k', 0],
    ],
  },
  {
    title: 'ZPOPMIN and ZPOPMAX take from the ends',
    steps: [
      ['ZADD k 1 a 2 b 3 c', 3],
      ['ZPOPMIN k', ['a', '1']],
      ['ZPOPMAX k 5', ['c', '3', 'b', '2']],
    ],
  },
];

const streams: Behaviour[] = [
  {
    title: 'XADD appends, XRANGE reads',
    steps: [
      ['XADD k 1-1 f v', '1-1'],
      ['XADD k 1-* f w', '1-2'],
      [
        'XRANGE k - +',
        [
          ['1-1', ['f', 'v']],
          ['1-2', ['f', 'w']],
        ],
      ],
      ['XREVRANGE k + - COUNT 1', [['1-2', ['f', 'w']]]],
    ],
  },
  {
    title: 'XADD chooses an id after the last one',
    steps: [
      ['XADD k 9999999999999-5 f v', '9999999999999-5'],
      ['XADD k * f v', '9999999999999-6'],
    ],
  },
  {
    title: 'XADD refuses an id that is not after the last one',
    steps: [
      ['XADD k 2-0 f v', '2-0'],
      [
        'XADD k 1-0 f v',
        error('ERR The ID specified in XADD is equal or smaller than the target stream top item'),
      ],
    ],
  },
  {
    title: 'XADD NOMKSTREAM makes none',
    steps: [
      ['XADD k NOMKSTREAM 1-0 f v', null],
      ['EXISTS k', 0],
    ],
  },
  {
    title: 'XADD MAXLEN is exact',
    steps: [
      ['XADD k 1-0 f v', '1-0'],
      ['XADD k MAXLEN = 1 2-0 f v', '2-0'],
      ['XLEN k', 1],
    ],
  },
  {
    title: 'XADD MAXLEN ~ may keep more',
    steps: [
      ['XADD k 1-0 f v', '1-0'],
      ['XADD k MAXLEN ~ 1 2-0 f v', '2-0'],
      ['XLEN k', 2],
    ],
  },
  {
    title: 'XTRIM MINID forgets the older',
    steps: [
      ['XADD k 1-0 f v', '1-0'],
      ['XADD k 2-0 f v', '2-0'],
      ['XTRIM k MINID 2', 1],
      ['XRANGE k - +', [['2-0', ['f', 'v']]]],
    ],
  },
  {
    title: 'XDEL removes, the last id stays taken',
    steps: [
      ['XADD k 1-0 f v', '1-0'],
      ['XDEL k 1-0', 1],
      ['XLEN k', 0],
      [
        'XADD k 1-0 f v',
        error('ERR The ID specified in XADD is equal or smaller than the target stream top item'),
      ],
    ],
  },
  {
    title: 'XREAD reads on after an id',
    steps: [
      ['XADD k 1-0 f v', '1-0'],
      ['XADD k 2-0 f w', '2-0'],
      ['XREAD COUNT 5 STREAMS k 1-0', [['k', [['2-0', ['f', 'w']]]]]],
      ['XREAD STREAMS k 2-0', null],
    ],
  },
  {
    title: 'XRANGE takes an open bound',
    steps: [
      ['XADD k 1-0 f v', '1-0'],
      ['XRANGE k (1-0 +', []],
    ],
  },
];

const others: Behaviour[] = [
  {
    title: 'PING and ECHO answer',
    steps: [
      ['PING', 'PONG'],
      ['PING hello', 'hello'],
      ['ECHO hello', 'hello'],
    ],
  },
  {
    title: 'command names have no case',
    steps: [
      ['sEt k v', 'OK'],
      ['get k', 'v'],
    ],
  },
  {
    title: 'an unknown command is told by name',
    steps: [['NOSUCH a', error("ERR unknown command 'NOSUCH', with args beginning with: 'a' ")]],
  },
  {
    title: 'commands that block or hold a connection are refused',
    steps: [
      ['BLPOP k 0', error("ERR Command is not available: 'BLPOP'")],
      ['XREAD BLOCK 0 STREAMS k $', error("ERR Command is not available: 'XREAD BLOCK'")],
      ['MULTI', error("ERR Command is not available: 'MULTI'")],
    ],
  },
  { title: 'PUBLISH counts nobody', steps: [['PUBLISH channel payload', 0]] },
  {
    title: 'TIME is now',
    steps: [['TIME', expect.toSatisfy(([s]: string[]) => Math.abs(Number(s) - Date.now() / 1000) < 5)]],
  },
];

export const behaviours = [
  ...strings,
  ...keys,
  ...hashes,
  ...lists,
  ...sets,
  ...sortedSets,
  ...streams,
  ...others,
];
